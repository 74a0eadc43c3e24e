import type { Micros } from "@tallybook/periods";

import { cutRoot, noRoot } from "./control.ts";
import { partsOf } from "./cuts.ts";
import type { Cuts } from "./cuts.ts";
import type { CutClosed, CutOpened } from "./facts.ts";
import { fillDigest } from "./fills.ts";

/** What the closer knows of `catalog`. */
export interface CutRequests {
  /** Offsets and kinds of the facts that ask for a cut, in order. */
  readonly asking: readonly { readonly offset: number; readonly advancesClock: boolean }[];
  /** How far `catalog` is folded, exclusive. */
  readonly catalog_offset: number;
}

/** What the closer does next; it finishes placing a cut before it opens another. */
export type CloserOrder =
  | { readonly kind: "openCut"; readonly cut: number; readonly catalog_offset: number }
  | { readonly kind: "placeBarriers"; readonly opened: CutOpened }
  | { readonly kind: "closeCut"; readonly closed: CutClosed }
  | { readonly kind: "wait" };

/** Decides the closer's next order. `due`: the interval between cuts has passed. */
export function decideCut(cuts: Cuts, requests: CutRequests, due: boolean): CloserOrder {
  const last = cuts.opened.at(-1);
  if (last !== undefined && cuts.placed < last.cut) return { kind: "placeBarriers", opened: last };
  const closed = nextClosed(cuts);
  if (closed !== undefined) return { kind: "closeCut", closed };
  if (last === undefined)
    return { kind: "openCut", cut: 0, catalog_offset: requests.catalog_offset };
  const catalogOffset =
    requestedOffset(requests, last.catalog_offset) ?? (due ? requests.catalog_offset : undefined);
  return catalogOffset === undefined
    ? { kind: "wait" }
    : { kind: "openCut", cut: last.cut + 1, catalog_offset: catalogOffset };
}

// A cut serves all requests below its catalog offset; but one advance of the clock is one cut.
function requestedOffset(requests: CutRequests, served: number): number | undefined {
  const asking = requests.asking.filter(({ offset }) => offset >= served);
  if (asking.length === 0) return undefined;
  const advances = asking.filter(({ advancesClock }) => advancesClock);
  return advances.length > 1 ? (advances[0]?.offset ?? 0) + 1 : requests.catalog_offset;
}

function nextClosed(cuts: Cuts): CutClosed | undefined {
  const cut = cuts.closed.length;
  const opened = cuts.opened[cut];
  if (opened === undefined || cuts.deployment === undefined) return undefined;
  const root = rootOf(cuts, cut, cuts.closed.at(-1)?.root ?? noRoot);
  if (root === undefined) return undefined;
  return { kind: "CutClosed", cut, time: opened.time, catalog_offset: opened.catalog_offset, root };
}

/**
 * The root of a cut, chained to the one before: over its parts, in order of their partitions, and the histories that are
 * known from it on, in the order in which they began. Undefined while a part is missing.
 */
export function rootOf(cuts: Cuts, cut: number, before: Uint8Array): Buffer | undefined {
  const parts = partsOf(cuts, cut, cuts.deployment?.partitions ?? 0);
  if (parts === undefined) return undefined;
  const filled = [...cuts.fills.values()].filter((fill) => fill.cut === cut);
  return cutRoot(before, [...parts.map(({ digest }) => digest), ...filled.map(fillDigest)]);
}

/** The time of a cut: the clock's, never before the last cut's. */
export function cutTime(cuts: Cuts, clock: Micros): Micros {
  return Math.max(clock, cuts.opened.at(-1)?.time ?? clock);
}
