import { isApart } from "@tallybook/journal";
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
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

function begunAtHalfPastTen(): World {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    plan("dev", [perUnit("calls", "calls", "1")]),
    subscription("s1", "acme", "dev", "2023-11-05T10:30"),
  );
  return world;
}

describe("a slot that a bound cuts", () => {
  test("is told apart, and no other is", () => {
    const world = begunAtHalfPastTen();
    const cutting = (time: string, of = "acme") =>
      isApart(row(0, of, "calls", time, "5"), { ...world, catalog: world.catalogAt(10) });
    expect(cutting("2023-11-05T10:00")).toBe(true);
    expect(cutting("2023-11-05T09:00")).toBe(false);
    expect(cutting("2023-11-05T11:00")).toBe(false);
    expect(cutting("2023-11-05T10:00", "other")).toBe(false);
  });

  test("is read event by event, with all others, where a composite is made of them", () => {
    const world = newWorld();
    const published = { kind: "MeterPublished", ...system, ...usualMeter, version: 1 } as const;
    const counted = { event_type: "e", aggregation: "count", value_property: null } as const;
    world.tell(
      settings(0),
      customer("acme"),
      { ...published, ...counted, meter: "calls" },
      { ...published, ...counted, meter: "others" },
      {
        ...published,
        meter: "runs",
        event_type: "",
        aggregation: "composite",
        value_property: null,
        parts: [{ meter: "calls", weight: "1" }],
        group_property: "run",
      },
      plan("dev", [perUnit("runs", "runs", "1"), perUnit("others", "others", "1")]),
      subscription("s1", "acme", "dev", "2023-11-01"),
    );
    const isRead = (meter: string) =>
      isApart(row(0, "acme", meter, "2023-11-05T10:00", "5"), {
        ...world,
        catalog: world.catalogAt(10),
      });
    expect([isRead("calls"), isRead("others")]).toEqual([true, false]);
  });

  test("gives a subscription what happened from its first microsecond on", () => {
    const world = begunAtHalfPastTen();
    world.use(
      eventRow(0, "acme", "calls", "2023-11-05T10:29:59.999999Z", "100"),
      eventRow(0, "acme", "calls", "2023-11-05T10:30:00Z", "20"),
      eventRow(0, "acme", "calls", "2023-11-05T10:30:00.000001Z", "3"),
      row(0, "acme", "calls", "2023-11-05T11:00", "0.5"),
    );
    const [usage] = world.step(0, "2023-12-01");
    expect(usage?.evidence.quantity).toBe("23.5");
  });
});
