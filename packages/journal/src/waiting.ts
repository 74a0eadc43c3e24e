import type { Micros } from "@tallybook/periods";
import type { CutOpened } from "@tallybook/usage";

/** Every cut that was opened, by its number. */
export type OpenedCuts = readonly Pick<CutOpened, "time" | "complete">[];

/**
 * At how many cuts in a row a period waits because a spool was not known to be empty: a day at the usual interval of an
 * hour. Then it is rated with what is there, and what comes later becomes an adjustment.
 */
export const waitingCutsMax = 24;

/** Whether a period that has been due since a time is not rated at a cut yet: acknowledged usage may still be in a spool. */
export function waitsForSpools(opened: OpenedCuts, cut: number, dueAt: Micros): boolean {
  let waited = 0;
  for (let at = cut; at >= 0; at -= 1) {
    const each = opened[at];
    if (each === undefined || each.complete || each.time < dueAt) break;
    waited += 1;
  }
  return waited > 0 && waited <= waitingCutsMax;
}
