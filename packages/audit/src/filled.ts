import { metersAt } from "@tallybook/catalog";
import {
  createFillControl,
  fillName,
  fillsKnownAt,
  isSameFilled,
  measureFilled,
} from "@tallybook/usage";
import type {
  Fill,
  FillControl,
  Measured,
  Meter,
  Outcome,
  PartFilled,
  UsageAccepted,
} from "@tallybook/usage";

import type { Books } from "./books.ts";
import type { IdentityLists } from "./identity.ts";
import type { LogPart, Road } from "./road.ts";
import type { Sheet } from "./sheet.ts";

/** What was filled into one partition of the log, measured again. */
export interface FilledAgain {
  /** What the fills that are known make of an event; `before`: what became of it at its cut. */
  readonly measure: (event: UsageAccepted, before: Outcome) => Measured[];
  /** What was added to the part of a cut, by fill. */
  readonly partsOf: (cut: number) => PartFilled[];
}

/** The meter of a fill, and the last cut that it fills. */
export interface KnownFill {
  readonly fill: Fill;
  readonly meter: Meter;
}

/** The fills that are known at a cut, with their meters. Throws for one whose meter the catalog does not have. */
export function knownFills({ cuts, history }: Books, cut: number): KnownFill[] {
  return fillsKnownAt(cuts.fills, cut).map((fill) => {
    const versions = metersAt(history.now, fill.tenant).get(fill.meter);
    const meter = versions?.find(({ version }) => version === fill.version);
    if (meter === undefined)
      throw new Error(
        `cuts says that meter ${fill.meter}, tenant ${fill.tenant}, was filled, and the catalog has no version ${fill.version} of it`,
      );
    return { fill, meter };
  });
}

/** Whether a fill measures an event: its cut was open before the meter was known. */
export function isFilledBy({ fill }: KnownFill, event: UsageAccepted): boolean {
  return event.tenant === fill.tenant && event.cut <= fill.last_cut;
}

export function fillAgain(fills: readonly KnownFill[], partition: number): FilledAgain {
  const controls = new Map<number, Map<Fill, FillControl>>();
  function controlOf(fill: Fill, cut: number): FillControl {
    const ofCut = controls.get(cut) ?? new Map<Fill, FillControl>();
    controls.set(cut, ofCut);
    const control = ofCut.get(fill) ?? createFillControl(fill, { cut, partition });
    ofCut.set(fill, control);
    return control;
  }
  return {
    measure: (event, before) =>
      fills
        .filter((known) => isFilledBy(known, event))
        .map(({ fill, meter }) => {
          const measured = measureFilled(meter, event);
          controlOf(fill, event.cut).add(event, before, measured);
          return measured;
        }),
    partsOf: (cut) =>
      [...(controls.get(cut)?.values() ?? [])]
        .map((control) => control.total())
        .filter(({ measured, unmeasurable }) => measured + unmeasurable > 0),
  };
}

/** What was filled into a part: measured again from the log, and as `cuts` has it. */
export function compareFilled(
  { cut, partition, filled }: LogPart,
  fills: readonly Fill[],
  sheet: Sheet,
): void {
  for (const fill of fills) {
    const again = filled.find(({ tenant, meter }) => isOf(fill, tenant, meter));
    const recorded = fill.parts.get(partition)?.get(cut);
    if (again === undefined && recorded === undefined) continue;
    const isSame = again !== undefined && recorded !== undefined && isSameFilled(again, recorded);
    const { tenant, meter } = fill;
    sheet.compare(
      {
        tenant,
        name: "fills of the log = fills as recorded",
        cut,
        what: `meter ${meter}, partition ${partition}`,
      },
      1,
      isSame ? 1 : 0,
    );
  }
}

/** Of each fill, over all parts: what the log says again. */
export function filledList({ parts }: Road): IdentityLists["filled"] {
  const byFill = Map.groupBy(
    parts.flatMap(({ filled }) => filled),
    fillName,
  );
  return [...byFill.values()].map((filled) => {
    const [{ tenant, meter } = { tenant: "", meter: "" }] = filled;
    const total = (count: (part: PartFilled) => number) =>
      filled.reduce((sum, part) => sum + count(part), 0);
    return {
      tenant,
      meter,
      measured: total(({ measured }) => measured),
      were_without_meter: total(({ were_without_meter }) => were_without_meter),
      unmeasurable: total(({ unmeasurable }) => unmeasurable),
    };
  });
}

function isOf(fill: Fill, tenant: string, meter: string): boolean {
  return fill.tenant === tenant && fill.meter === meter;
}
