import { differencesOf } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { createPartControl, lastRepair, partDigest } from "@tallybook/usage";
import type { Cuts, PartCompared, PartControl } from "@tallybook/usage";

import { openMeasuring } from "./measuring.ts";
import type { MeasureEvent, MeasuringOptions } from "./measuring.ts";

export interface PartOptions extends MeasuringOptions {
  /** The fold of `cuts`, up to its committed end. */
  readonly cuts: () => Promise<Cuts>;
}

/** The part being gathered: a function of the log from the end of the part before it. */
export interface OpenPart {
  readonly cut: number;
  /** Where it begins: in `usage.accepted`, and after which source. */
  readonly from: number;
  readonly after: number;
  readonly catalogOffset: number;
  /** The part's last repair: in the token of every insert. */
  readonly repair: number;
  readonly measure: MeasureEvent;
  readonly control: PartControl;
}

/** A part whose barrier was passed: its rows and rollups were sent, and answered. */
export interface EndedPart {
  readonly part: OpenPart;
  /** What is said of it on the log once ClickHouse is found to have it. */
  readonly compared: PartCompared;
}

/** `ended` are the parts before it that `cuts` may not know yet. */
export async function openPart(
  options: PartOptions,
  begin: Pick<OpenPart, "cut" | "from" | "after" | "catalogOffset">,
  ended: readonly EndedPart[] = [],
): Promise<OpenPart> {
  const cuts = await options.cuts();
  const place = { ...begin, ended: ended.map(({ compared }) => compared) };
  return {
    ...begin,
    repair: lastRepair(cuts, { cut: begin.cut, partition: options.partition }),
    measure: await openMeasuring(options, cuts, place),
    control: createPartControl(),
  };
}

/** Ends a part: nothing is added to its control totals any more. */
export function endOf(
  part: OpenPart,
  partition: number,
  rawEndOffset: number,
  endOffset: number,
): EndedPart {
  const { cut, repair } = part;
  const tenants = part.control.totals();
  const digest = partDigest(cut, partition, tenants);
  return {
    part,
    compared: {
      kind: "PartCompared",
      cut,
      partition,
      end_offset: endOffset,
      raw_end_offset: rawEndOffset,
      repair,
      tenants,
      digest,
      merkle_root: null,
    },
  };
}

/** Of parts in a row: those that are equal before the first that is not, and that one. */
export interface Comparison {
  readonly equal: readonly PartCompared[];
  readonly different: { readonly ended: EndedPart; readonly words: readonly string[] } | undefined;
}

/** Compares parts of one partition, in order, by one reading of ClickHouse. */
export async function compareEnded(
  columns: Pick<Columns, "readControls">,
  ended: readonly EndedPart[],
): Promise<Comparison> {
  const parts = ended.map(({ compared }) => compared);
  const found = await columns.readControls({
    cutMin: parts[0]?.cut ?? 0,
    cutMax: parts.at(-1)?.cut ?? 0,
    partition: parts[0]?.partition ?? 0,
  });
  for (const [at, each] of ended.entries()) {
    const words = differencesOf([each.compared], found);
    if (words.length > 0) return { equal: parts.slice(0, at), different: { ended: each, words } };
  }
  return { equal: parts, different: undefined };
}

// The meters of a cut are those known at the barrier before it; before the first barrier nothing is accepted.
export function catalogOffsetOf(cuts: Cuts, before: PartCompared | undefined): number {
  return before === undefined ? 0 : (cuts.opened[before.cut]?.catalog_offset ?? 0);
}
