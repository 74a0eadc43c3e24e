/** So many cuts that wait for ClickHouse are more than the usual: each hour has one, and it waits for seconds. */
const cutsWaitingMin = 3;
/** Milliseconds after which analysts are served although cuts still wait: something may be wrong with usage for long. */
const stayMsMax = 60_000;

export interface PrecedenceOptions {
  /** Cuts that are opened and not closed. */
  readonly cutsWaiting: () => number;
  /** Milliseconds of any clock that goes forward. */
  readonly now: () => number;
}

/**
 * Answers whether usage goes before what is mirrored for analysts: while cuts wait, since both ask the same ClickHouse, and
 * invoices wait for the cuts alone.
 */
export function usageFirst({ cutsWaiting, now }: PrecedenceOptions): () => boolean {
  let since: number | undefined;
  return () => {
    if (cutsWaiting() < cutsWaitingMin) {
      since = undefined;
      return false;
    }
    since ??= now();
    return now() - since < stayMsMax;
  };
}
