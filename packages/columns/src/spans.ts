/**
 * Cuts of one partition of a table, a week of hourly ones: `intDiv(cut, 168)` in infra/clickhouse. A partition per cut
 * would be one for ever, since parts of different partitions never merge; ClickHouse is healthy with some thousands.
 */
export const cutsPerSpan = 168;
