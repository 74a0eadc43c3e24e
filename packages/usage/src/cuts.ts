import type {
  CutClosed,
  CutFact,
  CutOpened,
  DeploymentMade,
  PartCompared,
  PartRepairBegun,
} from "./facts.ts";
import { createFillsFold } from "./fills-fold.ts";
import { noFills } from "./fills.ts";
import type { Fills } from "./fills.ts";

/** The fold of the topic `cuts`. */
export interface Cuts {
  readonly deployment: DeploymentMade | undefined;
  /** By cut number, which is its index. */
  readonly opened: readonly CutOpened[];
  /** The last cut whose barriers stand in every partition; -1: none. */
  readonly placed: number;
  /** By cut and then partition; of a repeated part the first counts. */
  readonly parts: readonly ReadonlyMap<number, PartCompared>[];
  readonly closed: readonly CutClosed[];
  /** Parts that were ever repaired, by `partName`. */
  readonly repairs: ReadonlyMap<string, PartRepair>;
  readonly fills: Fills;
}

/** The last repair of a part, and whether it has ended. */
export interface PartRepair {
  readonly begun: PartRepairBegun;
  readonly isDone: boolean;
}

export const noCuts: Cuts = {
  deployment: undefined,
  opened: [],
  placed: -1,
  parts: [],
  closed: [],
  repairs: new Map(),
  fills: noFills,
};

/**
 * Folds a fact of `cuts` in. The fold owns its state and changes it in place: cuts are many, and nobody keeps an old one.
 * A repeat (its writer came back after a crash) changes nothing; a gap throws, since numbers follow each other.
 */
export function createCutsFold(): (cuts: Cuts, fact: CutFact) => Cuts {
  const opened: CutOpened[] = [];
  const parts: Map<number, PartCompared>[] = [];
  const closed: CutClosed[] = [];
  const repairs = new Map<string, PartRepair>();
  const fills = createFillsFold();
  return function evolve(cuts, fact) {
    const lists = { opened, parts, closed, repairs, fills: fills.state };
    switch (fact.kind) {
      case "DeploymentMade":
        return { ...cuts, ...lists, deployment: cuts.deployment ?? fact };
      case "CutOpened":
        if (appendNext(opened, fact.cut, fact, "opened"))
          fills.place(fact.cut, cuts.deployment?.partitions ?? Infinity);
        return { ...cuts, ...lists };
      case "CutPlaced":
        return { ...cuts, ...lists, placed: Math.max(cuts.placed, fact.cut) };
      case "PartCompared": {
        const ofCut = (parts[fact.cut] ??= new Map());
        if (!ofCut.has(fact.partition)) ofCut.set(fact.partition, fact);
        endRepair(repairs, fact);
        return { ...cuts, ...lists };
      }
      case "PartRepairBegun": {
        const before = repairs.get(partName(fact))?.begun.repair ?? 0;
        if (fact.repair > before) repairs.set(partName(fact), { begun: fact, isDone: false });
        return { ...cuts, ...lists };
      }
      case "PartRepaired":
        endRepair(repairs, fact);
        return { ...cuts, ...lists };
      case "FillBegun":
      case "PartFilled":
      case "FillEnded":
        fills.take(fact);
        return { ...cuts, ...lists };
      case "CutClosed":
        appendNext(closed, fact.cut, fact, "closed");
        return { ...cuts, ...lists };
    }
  };
}

/** The number of a part's last repair; 0: there was none. */
export function lastRepair(cuts: Cuts, part: Pick<PartCompared, "cut" | "partition">): number {
  return cuts.repairs.get(partName(part))?.begun.repair ?? 0;
}

/** What `Cuts.repairs` is keyed by. */
export function partName({ cut, partition }: Pick<PartCompared, "cut" | "partition">): string {
  return `${cut}/${partition}`;
}

/** The last part of a partition: its next part begins at that part's `end_offset`. Undefined before the first. */
export function lastPart(cuts: Cuts, partition: number): PartCompared | undefined {
  for (let cut = cuts.parts.length - 1; cut >= 0; cut -= 1) {
    const part = cuts.parts[cut]?.get(partition);
    if (part !== undefined) return part;
  }
  return undefined;
}

/** The cut of a record of `usage.raw`: of the closed parts of its partition, that which holds it; else the one behind them. */
export function cutAt(
  { parts }: Pick<Cuts, "parts">,
  partition: number,
  rawOffset: number,
): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const part = parts[middle]?.get(partition);
    if (part !== undefined && part.raw_end_offset < rawOffset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The parts of a cut in order of their partitions, once all are there. */
export function partsOf(cuts: Cuts, cut: number, partitions: number): PartCompared[] | undefined {
  const ofCut = cuts.parts[cut];
  if (ofCut === undefined || ofCut.size < partitions) return undefined;
  return [...ofCut.values()].toSorted((one, other) => one.partition - other.partition);
}

function endRepair(
  repairs: Map<string, PartRepair>,
  fact: Pick<PartCompared, "cut" | "partition" | "repair">,
): void {
  const last = repairs.get(partName(fact));
  if (last?.begun.repair === fact.repair) repairs.set(partName(fact), { ...last, isDone: true });
}

function appendNext<Fact>(list: Fact[], cut: number, fact: Fact, verb: string): boolean {
  if (cut < list.length) return false;
  if (cut > list.length)
    throw new Error(
      `cut ${cut} is ${verb} after cut ${list.length - 1}: a number is missing on cuts`,
    );
  list.push(fact);
  return true;
}
