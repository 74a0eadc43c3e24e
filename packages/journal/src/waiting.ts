import type { Micros } from "@tallybook/periods";
import type { CutOpened } from "@tallybook/usage";

/** Every cut that was opened, by its number. */
export type OpenedCuts = readonly Pick<CutOpened, "time" | "complete" | "catalog_offset">[];

/**
 * At how many cuts in a row a period waits because a spool was not known to be empty, or a meter's history is being filled: a
 * day at the usual interval of an hour. Then it is rated with what is there, and what comes later becomes an adjustment.
 */
export const waitingCutsMax = 24;

/** Whether a period that has been due since a time is not rated at a cut yet: acknowledged usage may still be in a spool. */
export function waitsForSpools(opened: OpenedCuts, cut: number, dueAt: Micros): boolean {
  return isWithin(opened, cut, ({ complete, time }) => !complete && time >= dueAt);
}

/**
 * Whether a period that has been due since a time is not rated at a cut yet, because the history of a meter that its plan
 * prices is not filled there. `askedAt`: the offset of the request in `catalog`.
 */
export function waitsForHistory(
  opened: OpenedCuts,
  cut: number,
  { dueAt, askedAt }: { readonly dueAt: Micros; readonly askedAt: number },
): boolean {
  return isWithin(
    opened,
    cut,
    ({ time, catalog_offset }) => time >= dueAt && catalog_offset > askedAt,
  );
}

/** Whether it holds at a cut, and has not held at more cuts in a row than one waits for. */
function isWithin(
  opened: OpenedCuts,
  cut: number,
  holds: (each: OpenedCuts[number]) => boolean,
): boolean {
  let waited = 0;
  for (let at = cut; at >= 0; at -= 1) {
    const each = opened[at];
    if (each === undefined || !holds(each)) break;
    waited += 1;
  }
  return waited > 0 && waited <= waitingCutsMax;
}
