/**
 * Where the inserts of a partition end. Each insert costs ClickHouse what a thousand events cost, and a sink that was away
 * has to send every one of them: so a trickle is gathered for a second, and what comes after a pause is not kept waiting.
 */
export interface InsertPace {
  /** Whether the insert ends behind a batch that accepted so many events. */
  endsBehind(accepted: number): boolean;
  /** Whether an insert is open for longer than it may be, and has to be ended though nothing more came. */
  isOverdue(): boolean;
  /** The insert has been ended, and that is on the log. */
  ended(): void;
}

/** So many events are worth an insert at once. */
const eventsMax = 2_000;
/** From one end to the next, while little comes. */
const intervalMs = 1_000;

/** `isOpen`: a predecessor may have left an insert open. `now`: milliseconds that never go back. */
export function createInsertPace(isOpen: boolean, now: () => number): InsertPace {
  let gathered = isOpen ? 1 : 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  return {
    endsBehind(accepted) {
      gathered += accepted;
      return gathered >= eventsMax || (gathered > 0 && now() - endedAt >= intervalMs);
    },
    isOverdue: () => gathered > 0 && now() - endedAt >= intervalMs,
    ended() {
      gathered = 0;
      endedAt = now();
    },
  };
}
