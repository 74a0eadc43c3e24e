/**
 * Where the inserts of a partition end. Each insert costs ClickHouse what a thousand events cost, and a sink that was away
 * has to send every one of them: so a trickle is gathered for a second, and what comes after a pause is not kept waiting.
 */
export interface InsertPace {
  /** Whether the insert ends behind a batch that accepted so many events in that cut. */
  endsBehind(accepted: number, cut: number): boolean;
  /** Whether an insert of that cut is open for longer than it may be, and has to be ended though nothing more came. */
  isOverdue(cut: number): boolean;
  /** The insert has been ended, and that is on the log. */
  ended(): void;
}

/** So many events are worth an insert at once. */
const eventsMax = 8_000;
/** From one end to the next, while little comes. */
const intervalMs = 1_000;
/** And while ClickHouse is so many cuts behind that nobody sees them sooner for it: it has the fewer to take. */
const intervalMsBehind = 5_000;
const cutsBehind = 3;

export interface PaceOptions {
  /** A predecessor may have left an insert open. */
  readonly isOpen: boolean;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** How many cuts are closed: as many as ClickHouse has wholly. */
  readonly cutsClosed: () => number;
}

export function createInsertPace({ isOpen, now, cutsClosed }: PaceOptions): InsertPace {
  let gathered = isOpen ? 1 : 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  const isTime = (cut: number): boolean => {
    const interval = cut - cutsClosed() >= cutsBehind ? intervalMsBehind : intervalMs;
    return now() - endedAt >= interval;
  };
  return {
    endsBehind(accepted, cut) {
      gathered += accepted;
      return gathered >= eventsMax || (gathered > 0 && isTime(cut));
    },
    isOverdue: (cut) => gathered > 0 && isTime(cut),
    ended() {
      gathered = 0;
      endedAt = now();
    },
  };
}
