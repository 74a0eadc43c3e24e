import { readFileSync } from "node:fs";

import { emptyCatalog, evolve, plan, validateDocument } from "@tallybook/catalog";
import { decode } from "@tallybook/wire";
import { expect, test } from "vitest";

/** What was applied when the plan of the vector was written, with the second schema of plans. */
const sum = { event_type: "e", aggregation: "sum", value_property: "v" };
const document = {
  meters: [
    ...["m1", "m2", "m3", "m4"].map((meter) => ({ meter, ...sum })),
    { meter: "m5", ...sum, dimensions: ["model", "region"] },
  ],
  plans: [
    {
      plan: "every_old_model",
      name: "Every model, ü",
      currency: "USD",
      prices: [
        { price: "monthly", model: "flat", amount: "20.00", description: "Monthly fee" },
        { price: "calls", meter: "m1", model: "per_unit", unit_amount: "4e-2", per: "1000" },
        {
          price: "input",
          meter: "m2",
          model: "graduated",
          per: "1000000",
          tiers: [
            { up_to: "1000000", unit_amount: "0.50" },
            { up_to: "10000000", unit_amount: "0.30", flat_amount: "1" },
          ],
          beyond: "last_tier",
        },
        {
          price: "output",
          meter: "m3",
          model: "volume",
          tiers: [{ up_to: "10", unit_amount: "2" }, { flat_amount: "3" }],
        },
        {
          price: "packs",
          meter: "m4",
          model: "package",
          package_size: "100",
          package_amount: "1",
          free_units: "5",
        },
        {
          price: "cells",
          meter: "m5",
          model: "matrix",
          dimensions: ["model", "region"],
          rows: [
            {
              dimensions: { model: "large", region: "" },
              unit_amount: "3.000000000001",
              per: "1000000",
            },
            { dimensions: { model: "ünï", region: "eu" }, unit_amount: "0" },
          ],
          default_row: { unit_amount: "4.50", per: "1e3" },
        },
      ],
    },
  ],
};

function writtenPlan() {
  const vectors = JSON.parse(
    readFileSync(new URL("facts.json", import.meta.url), "utf8"),
  ) as readonly { readonly frame: string }[];
  const plans = vectors
    .map(({ frame }) => Buffer.from(frame, "hex"))
    .filter((frame) => frame.readUInt32BE(1) === 147)
    .map((frame) => decode(frame));
  const found = plans.find((fact) => "plan" in fact && fact.plan === "every_old_model");
  if (found?.kind !== "PlanPublished") throw new Error("the vectors have no such plan");
  return found;
}

test("a plan that was written before prices held charges means what its document means now", () => {
  const read = validateDocument(document);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const said = read.document.plans[0]?.prices.map((price) => ({ ...price, around: null }));
  expect(writtenPlan().prices).toEqual(said);
});

test("to apply the document of such a plan again changes nothing", () => {
  const read = validateDocument(document);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const asked = { now: 1_700_000_000_000_000, actor: "key-1", tenant: "default" };
  const first = plan(emptyCatalog(), read.document, asked);
  const meters = first.ok ? first.facts.filter(({ kind }) => kind === "MeterPublished") : [];
  const catalog = [...meters, writtenPlan()].reduce(
    (fold, fact) => evolve(fold, fact, fold.offset),
    emptyCatalog(),
  );
  expect(plan(catalog, read.document, asked)).toEqual({ ok: true, facts: [] });
});
