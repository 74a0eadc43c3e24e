import type { FillBegun, FillEnded, PartFilled } from "./facts.ts";
import { fillName } from "./fills.ts";
import type { Fill, Fills } from "./fills.ts";

/** The part of the fold of `cuts` that is about fills. Like it, it owns its state and changes it in place. */
export interface FillsFold {
  readonly state: Fills;
  readonly take: (fact: FillBegun | PartFilled | FillEnded) => void;
  /** A cut opens: what has ended in all partitions is known from it on. */
  readonly place: (cut: number, partitions: number) => void;
}

interface OpenFill extends Fill {
  readonly parts: Map<number, Map<number, PartFilled>>;
  readonly ended: Set<number>;
  cut: number | null;
}

export function createFillsFold(): FillsFold {
  const fills = new Map<string, OpenFill>();

  function fillOf(fact: PartFilled | FillEnded): OpenFill {
    const fill = fills.get(fillName(fact));
    if (fill === undefined)
      throw new Error(
        `cuts has a ${fact.kind} of meter ${fact.meter}, tenant ${fact.tenant}, whose filling never began`,
      );
    return fill;
  }

  return {
    state: fills,
    take(fact) {
      switch (fact.kind) {
        case "FillBegun": {
          const { tenant, meter, version, last_cut } = fact;
          const name = fillName(fact);
          if (fills.has(name)) return;
          const open = { parts: new Map(), ended: new Set<number>(), cut: null };
          fills.set(name, { tenant, meter, version, last_cut, ...open });
          return;
        }
        case "PartFilled": {
          const { parts } = fillOf(fact);
          const ofPartition = parts.get(fact.partition) ?? new Map<number, PartFilled>();
          parts.set(fact.partition, ofPartition);
          // Of a repeat the first counts.
          if (!ofPartition.has(fact.cut)) ofPartition.set(fact.cut, fact);
          return;
        }
        case "FillEnded":
          fillOf(fact).ended.add(fact.partition);
      }
    },
    place(cut, partitions) {
      for (const fill of fills.values())
        if (fill.cut === null && fill.ended.size >= partitions) fill.cut = cut;
    },
  };
}
