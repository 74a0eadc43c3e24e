import type { Command } from "../command.ts";
import { apply } from "./apply.ts";
import { clock, clockAdvance, cut } from "./clock.ts";
import { keysCreate } from "./keys.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";

/** In the order of the help. */
export const commands: readonly Command[] = [
  up,
  status,
  apply,
  keysCreate,
  clock,
  clockAdvance,
  cut,
];
