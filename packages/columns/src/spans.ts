/**
 * Cuts of one partition of a table, a week of hourly ones: `intDiv(cut, 168)` in infra/clickhouse. A partition per cut
 * would be one for ever, since parts of different partitions never merge; ClickHouse is healthy with some thousands.
 */
export const cutsPerSpan = 168;

/** A partition of a table: a span of cuts in one partition of the log. */
export interface SpanPlace {
  readonly span: number;
  readonly partition: number;
}

export function spanOf(cut: number): number {
  return Math.floor(cut / cutsPerSpan);
}

/** The first and the last cut of a span. */
export function cutsOf(span: number): { readonly cutMin: number; readonly cutMax: number } {
  return { cutMin: span * cutsPerSpan, cutMax: (span + 1) * cutsPerSpan - 1 };
}
