import type { Credits } from "./credits.ts";
import { evolve } from "./evolve.ts";
import type { Movement } from "./movement.ts";

/** A decision in the making: what has moved so far, and the credits after it. It never leaves the function that made it. */
export interface Fold {
  credits: Credits;
  readonly movements: Movement[];
}

export function foldOf(credits: Credits): Fold {
  return { credits, movements: [] };
}

export function move(fold: Fold, movement: Movement): void {
  fold.movements.push(movement);
  fold.credits = evolve(fold.credits, movement);
}
