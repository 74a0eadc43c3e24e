import { transactionBytes } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";
import {
  customer,
  eventRow,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  system,
  usualMeter,
} from "@tallybook/testkit/facts";
import type { UsageRow } from "@tallybook/usage";
import { expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

const by = (backfill: string, of: UsageRow): UsageRow => ({ ...of, backfill });
const used = (cut: number, day: string, quantity = "7") =>
  row(cut, "acme", "tokens", day, quantity);

function vendor(): World {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    plan("dev", [perUnit("p", "tokens", "0.01")]),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  return world;
}

function namedBy(posted: readonly TransactionPosted[]) {
  return posted.map(({ transaction_kind: kind, evidence }) => [kind, evidence.backfills]);
}

test("an adjustment names the backfills by which usage of it became known, each once, and no others", () => {
  const world = vendor();
  world.use(used(0, "2023-11-16"), by("early", used(0, "2023-11-17")));
  expect(namedBy(world.step(0, "2023-12-02"))).toEqual([["usage", []]]);

  world.use(by("june", used(1, "2023-11-18")), by("june", used(1, "2023-11-19")));
  world.use(by("drawer", used(1, "2023-11-20")), used(1, "2023-11-21"));
  expect(namedBy(world.step(1, "2023-12-03"))).toEqual([["adjustment", ["drawer", "june"]]]);

  world.use(used(2, "2023-11-22"));
  expect(namedBy(world.step(2, "2023-12-04"))).toEqual([["adjustment", []]]);
});

test("an adjustment names the backfill of the part of an hour that is its period's", () => {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    plan("dev", [perUnit("p", "tokens", "0.01")]),
    subscription("s1", "acme", "dev", "2023-11-01", "2023-11-16T12:30:00Z"),
    subscription("s2", "acme", "dev", "2023-11-16T12:30:00Z"),
  );
  world.step(0, "2024-01-02");
  world.report(
    by("first", eventRow(1, "acme", "tokens", "2023-11-16T12:29:59Z", "1")),
    by("second", eventRow(1, "acme", "tokens", "2023-11-16T12:30:00Z", "1")),
  );
  const posted = world.step(1, "2024-01-03");
  expect(
    posted.map(({ evidence }) => `${evidence.subscription} ${evidence.backfills.join()}`),
  ).toEqual(["s1 first", "s2 second"]);
});

test("where a value is held, later periods name the backfill that changed it too", () => {
  const world = newWorld();
  world.tell(
    settings(0),
    {
      kind: "MeterPublished",
      ...system,
      ...usualMeter,
      meter: "seats",
      version: 1,
      event_type: "seat",
      aggregation: "weighted_sum",
      held: "changes",
      value_property: "n",
      dimensions: [],
    },
    customer("acme"),
    plan("dev", [perUnit("p", "seats", "1")]),
    subscription("s1", "acme", "dev", "2023-11-01"),
  );
  const change = (cut: number, day: string) => eventRow(cut, "acme", "seats", day, "1");
  world.use(change(0, "2023-11-16"));
  world.step(0, "2024-01-02");
  world.use(by("june", change(1, "2023-11-20")));
  const posted = world.step(1, "2024-01-03");
  expect(
    posted.map(({ evidence }) => [formatTime(evidence.period_from), evidence.backfills]),
  ).toEqual([
    ["2023-11-01T00:00:00Z", ["june"]],
    ["2023-12-01T00:00:00Z", ["june"]],
  ]);
});

test("what came by no backfill has the bytes that it always had", () => {
  const world = vendor();
  world.use(used(0, "2023-11-16"));
  world.step(0, "2023-12-02");
  world.use(used(1, "2023-11-17"));
  world.step(1, "2023-12-03");
  world.use(by("june", used(2, "2023-11-18")));
  world.step(2, "2023-12-04");
  const texts = world.facts
    .filter((fact) => fact.kind === "TransactionPosted")
    .map((posted) => transactionBytes(posted).toString().includes('"backfills"'));
  expect(texts).toEqual([false, false, true]);
});
