import { ColumnsUnavailable } from "@tallybook/columns";
import { Fenced, LogUnavailable } from "@tallybook/log";
import type { Turning } from "@tallybook/log";

/** The process died at a fail point. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** A worker's place: the one at work, and those that were taken over but do not know it yet. */
export interface Place {
  readonly open: () => Promise<Turning>;
  current: Turning | undefined;
  readonly zombies: Turning[];
}

/** `gone`: it ended, by itself or by a fault, and somebody has to open it again. */
export type Stepped = "worked" | "idle" | "gone";

export function placeOf(open: () => Promise<Turning>): Place {
  return { open, current: undefined, zombies: [] };
}

/** Opens whoever is not there, else has it do a turn. */
export async function stepAt(place: Place): Promise<Stepped> {
  if (place.current === undefined) {
    place.current = await place.open().catch((error: unknown) => {
      if (isEnd(error)) return undefined;
      throw error;
    });
    return "worked";
  }
  const outcome = await turnOf(place.current);
  if (outcome === "gone") place.current = undefined;
  return outcome;
}

/** Leaves the one at work to itself, as if it stood still: the next step opens another. False where nobody is at work. */
export function takeOver(place: Place): boolean {
  if (place.current === undefined) return false;
  place.zombies.push(place.current);
  place.current = undefined;
  return true;
}

/** The oldest of those that were taken over wakes up for a turn. */
export async function stepZombie({ zombies }: Place): Promise<void> {
  const [zombie] = zombies;
  if (zombie !== undefined && (await turnOf(zombie)) === "gone") zombies.shift();
}

async function turnOf(worker: Turning): Promise<Stepped> {
  try {
    return (await worker.turn()) === "worked" ? "worked" : "idle";
  } catch (error) {
    if (isEnd(error)) return "gone";
    throw error;
  }
}

function isEnd(error: unknown): boolean {
  return (
    error instanceof Crash ||
    error instanceof LogUnavailable ||
    error instanceof ColumnsUnavailable ||
    error instanceof Fenced
  );
}
