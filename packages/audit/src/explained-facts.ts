import { aroundTexts, rowText, windowText } from "@tallybook/pricing";
import type { Explained, ExplainedStep } from "@tallybook/pricing";

/** A number of an explanation: where it stands, what it is, and the number. */
export type ExplainedFact = readonly [step: string, what: string, number: string];

/** The numbers of an explanation in the order in which they follow from each other; `at` is what they are part of. */
export function explainedFacts(explained: Explained, at = ""): readonly ExplainedFact[] {
  switch (explained.of) {
    case "quantity":
      return explained.steps.flatMap((step) => stepFacts(step, at));
    case "events": {
      const { events, free_events, value, free_value, usage, fixed, bounds } = explained;
      return [
        [`${at}events`, "how many", String(events)],
        [`${at}events`, "free ones", String(free_events)],
        [`${at}events`, "value", value],
        [`${at}events`, "free value", free_value],
        [`${at}events`, "percentage", usage],
        [`${at}events`, "fixed part", fixed],
        [`${at}events`, "bounds per event", bounds],
      ];
    }
    case "costs": {
      const { events, quantity, cost, markup, fixed } = explained;
      return [
        [`${at}pass-through`, "events", String(events)],
        [`${at}pass-through`, "quantity", quantity],
        [`${at}pass-through`, "provider's cost", cost],
        [`${at}pass-through`, "markup", markup],
        [`${at}pass-through`, "fixed part", fixed],
      ];
    }
    case "bulk": {
      const { pieces, raw, billable, charge } = explained;
      return [
        [`${at}conversion`, "pieces rounded", String(pieces)],
        [`${at}conversion`, "raw units", raw],
        [`${at}conversion`, "billable units", billable],
        ...explainedFacts(charge, at),
      ];
    }
    case "peaks":
      return [
        ...Object.entries(explained.peaks).map(
          ([unit, peak]) => [`${at}peak of ${unit || "(none)"}`, "quantity", peak] as const,
        ),
        [`${at}capacity`, "tier", String(explained.tier ?? "-")],
      ];
    case "around":
      return [
        ...(explained.included === null
          ? []
          : [[`${at}around`, "included units", explained.included] as const]),
        ...explainedFacts(explained.charge, at),
        ...explained.steps.map(
          ({ step, amount }) => [`${at}around`, aroundTexts[step], amount] as const,
        ),
      ];
    case "times":
      return explained.windows.flatMap(({ window, charge }) =>
        partFacts(`${at}window ${windowText(window)}`, charge),
      );
    case "combinations":
      return explained.rows.flatMap((row) => partFacts(`${at}row ${rowText(row)}`, row.charge));
  }
}

function partFacts(name: string, part: Explained): readonly ExplainedFact[] {
  const quantity: readonly ExplainedFact[] =
    part.of === "quantity" ? [[name, "quantity", part.quantity]] : [];
  return [...quantity, ...explainedFacts(part, `${name}, `), [name, "amount", part.amount]];
}

function stepFacts(step: ExplainedStep, at: string): readonly ExplainedFact[] {
  const tier = `${at}tier ${step.from} to ${step.up_to ?? "∞"}`;
  const { unit_amount, flat_amount, capped } = step;
  const unit = step.per === "1" ? unit_amount : `${unit_amount} per ${step.per}`;
  return [
    [tier, "quantity", step.quantity],
    ...(step.billed === step.quantity ? [] : [[tier, "packages or blocks", step.billed] as const]),
    ...(unit === null || unit_amount === null ? [] : [[tier, "unit amount", unit] as const]),
    ...(flat_amount === null ? [] : [[tier, "flat amount", flat_amount] as const]),
    ...(capped === "0" ? [] : [[tier, "above the cap", capped] as const]),
    [tier, "amount", step.amount],
  ];
}
