import {
  balancesOf,
  burnDown,
  compareGrants,
  decide,
  recursAt,
  recursEvery,
  recursWith,
  usageOf,
} from "@tallybook/credits";
import { decimal, toText } from "@tallybook/money";
import { calendar } from "@tallybook/periods";
import { describe, expect, test } from "vitest";
import {
  after,
  creditsOf,
  DAY,
  grant,
  HOUR,
  left,
  line,
  opened,
  refused,
  run,
  shown,
  start,
  time,
  use,
} from "./examples.ts";

describe("which grant burns first", () => {
  const sorted = (grants: ReturnType<typeof grant>[]) =>
    grants.toSorted(compareGrants).map((each) => each.grant);

  test("is the lower priority number, then the earlier expiry, then the earlier creation, then the id", () => {
    const late = start + 30 * DAY;
    expect(
      sorted([
        grant({ grant: "never", created_at: start - DAY }),
        grant({ grant: "second", priority: 2, expires_at: start + DAY }),
        grant({ grant: "b", expires_at: late }),
        grant({ grant: "a", expires_at: late }),
        grant({ grant: "older", expires_at: late, created_at: start - DAY }),
        grant({ grant: "soon", expires_at: late - DAY }),
      ]),
    ).toEqual(["soon", "older", "a", "b", "never", "second"]);
  });

  test("compares expiries by their whole second", () => {
    const newer = grant({ grant: "newer", expires_at: start + DAY + 100_000 });
    const older = grant({
      grant: "older",
      expires_at: start + DAY + 900_000,
      created_at: start - 1,
    });
    expect(sorted([newer, older])).toEqual(["older", "newer"]);
    const nextSecond = grant({
      grant: "next",
      expires_at: start + DAY + 1_000_000,
      created_at: start - 2,
    });
    expect(sorted([nextSecond, newer])).toEqual(["newer", "next"]);
  });
});

describe("usage burns", () => {
  test("one grant after the other, and what is left over is overage", () => {
    const credits = creditsOf([grant({ grant: "g2", priority: 2 }), grant({ grant: "g1" })]);
    const { segments } = run(credits, start + DAY, [
      use(start + HOUR, "120"),
      use(start + 2 * HOUR, "90"),
    ]);
    expect(segments.map(line)).toEqual([
      "2024-01-01..2024-01-02  210 used: g1 100 (0 left), g2 100 (0 left); overage 10",
    ]);
  });

  test("in half-open stretches: an expiry, a start and the end of the run belong to what follows", () => {
    const credits = creditsOf([
      grant({ grant: "old", expires_at: start + HOUR }),
      grant({ grant: "new", effective_at: start + HOUR, amount: "50" }),
    ]);
    const uses = [use(start + HOUR - 1, "1"), use(start + HOUR, "2"), use(start + 2 * HOUR, "4")];
    const { segments, credits: end } = run(credits, start + 2 * HOUR, uses);
    expect(segments.map(line)).toEqual([
      "2024-01-01..2024-01-01T01:00  1 used: old 1 (99 left)",
      "2024-01-01T01:00..2024-01-01T02:00  2 used: new 2 (48 left)",
    ]);
    expect(left(end)).toEqual({ old: "0", new: "48" });
  });

  test("and a grant that starts later covers the overage before it, inside a usage period", () => {
    const credits = opened([grant({ effective_at: time("2024-01-02") })], { g1: "0" });
    const uses = [use(start + HOUR, "25"), use(start + DAY + HOUR, "25")];
    const { segments } = run(credits, start + 2 * DAY, uses);
    expect(segments.map(line)).toEqual([
      "2024-01-01..2024-01-02  25 used: nothing burns; overage 25",
      "2024-01-02..2024-01-03  25 used: g1 50 (50 left)",
    ]);
    expect(toText(segments[1]?.openingOverage ?? decimal("0"))).toBe("25");
    expect(toText(segments[1]?.opening.get("g1") ?? decimal("0"))).toBe("100");
  });

  test("only from grants that pay for its meter or its product, the longest waiting overage first", () => {
    const credits = creditsOf([
      grant({ grant: "tokens", amount: "10", only: { meters: ["tokens"], products: [] } }),
      grant({
        grant: "search",
        amount: "10",
        priority: 2,
        only: { meters: [], products: ["search"] },
      }),
    ]);
    const uses = [
      use(start + 1, "15", "tokens"),
      use(start + 2, "4", "queries", "search"),
      use(start + 3, "3", "calls"),
    ];
    const { credits: end } = run(credits, start + DAY, uses);
    expect(left(end)).toEqual({ tokens: "0", search: "6" });
    expect(end.overage.map(({ meter, quantity }) => `${meter} ${toText(quantity)}`)).toEqual([
      "tokens 5",
      "calls 3",
    ]);
    const more = after(end, {
      kind: "add",
      at: start + DAY,
      grant: grant({ grant: "any", amount: "6" }),
    });
    expect(more.overage.map(({ meter, quantity }) => `${meter} ${toText(quantity)}`)).toEqual([
      "calls 2",
    ]);
  });

  test("never below zero, and negative usage is refused with the way out", () => {
    const credits = creditsOf([grant()]);
    const negative = decide(credits, { kind: "use", ...use(start, "-1") });
    expect(refused(negative)).toBe("usage of -1 calls: what was used too much is given back");
    const usage = usageOf([use(start + HOUR, "-1")]);
    const result = burnDown(credits, {
      to: start + DAY,
      usage,
      voids: [],
      resets: [],
      overage: "dropped",
    });
    expect(refused(result)).toBe(
      "usage of -1 calls at 2024-01-01T01:00:00Z: what was used too much is given back",
    );
  });
});

describe("a grant that comes again", () => {
  test("lapses what is left beyond the most that is carried, and is given again", () => {
    const recurs = recursEvery(DAY, start);
    const credits = creditsOf([grant({ recurs, carry_max: "30" })]);
    const uses = [use(start + HOUR, "40"), use(start + DAY + HOUR, "125")];
    const { segments, credits: end } = run(credits, start + 2 * DAY + HOUR, uses);
    expect(segments.map(line)).toEqual([
      "2024-01-01..2024-01-02  40 used: g1 40 (60 left)",
      "2024-01-02..2024-01-03  125 used: g1 125 (5 left)",
      "2024-01-03..2024-01-03T01:00  0 used: nothing burns",
    ]);
    expect(left(end)).toEqual({ g1: "105" });
    expect(toText(end.held[0]?.lapsed ?? decimal("0"))).toBe("30");
  });

  test("covers the overage of the period before it", () => {
    const credits = opened([grant({ recurs: recursEvery(DAY, start) })], { g1: "100" });
    const { credits: end } = run(credits, start + DAY + HOUR, [use(start + HOUR, "120")]);
    expect(left(end)).toEqual({ g1: "80" });
  });

  test("goes by any list of boundaries, and not beyond its expiry", () => {
    const recurs = recursAt([time("2024-03-01"), time("2024-02-01")]);
    const credits = creditsOf([grant({ recurs, expires_at: time("2024-02-15") })]);
    const { segments } = run(credits, time("2024-04-01"), [
      use(start, "10"),
      use(time("2024-02-01"), "10"),
    ]);
    expect(segments.map(line)).toEqual([
      "2024-01-01..2024-02-01  10 used: g1 10 (90 left)",
      "2024-02-01..2024-02-15  10 used: g1 10 (90 left)",
      "2024-02-15..2024-04-01  0 used: nothing burns",
    ]);
  });

  test("goes by a calendar: from 31 January to 29 February and back to the 31st", () => {
    const months = calendar({
      zone: "UTC",
      every: 1,
      unit: "month",
      anchor: { kind: "day_of_month", day: 31, month: null },
    });
    const credits = creditsOf([grant({ recurs: recursWith(months) })]);
    const { segments } = run(credits, time("2024-04-01"), [use(start, "10")]);
    expect(segments.map(({ to }) => shown(to))).toEqual([
      "2024-01-31",
      "2024-02-29",
      "2024-03-31",
      "2024-04-01",
    ]);
  });

  test("never comes again at its own start, and a recurrence that stands still is found", () => {
    const credits = creditsOf([grant({ recurs: recursEvery(DAY, start) })]);
    expect(toText(credits.held[0]?.given ?? decimal("0"))).toBe("100");
    expect(() => creditsOf([grant({ recurs: (now) => now })])).toThrow(/has to move forward/);
    expect(() => recursEvery(0, start)).toThrow(/whole number above 0/);
  });
});

describe("at a reset", () => {
  const uses = [use(start + HOUR, "10")];
  const reset = (
    min: string,
    max: string | null,
    used = uses,
    over: "kept" | "dropped" = "dropped",
  ) =>
    run(creditsOf([grant({ rollover_min: min, rollover_max: max })]), start + DAY, used, {
      resets: [start + 5 * HOUR],
      overage: over,
    });

  test("a balance is at most the upper bound, at least the lower one, and stays where it has none", () => {
    expect(left(reset("0", "50").credits)).toEqual({ g1: "50" });
    expect(left(reset("0", null).credits)).toEqual({ g1: "90" });
    expect(left(reset("95", "200").credits)).toEqual({ g1: "95" });
    expect(left(reset("95", "60").credits)).toEqual({ g1: "60" });
  });

  test("overage is left behind, or covered from what rolls over", () => {
    const many = [use(start + HOUR, "110")];
    expect(left(reset("50", "50", many, "dropped").credits)).toEqual({ g1: "50" });
    const kept = reset("50", "50", many, "kept");
    expect(left(kept.credits)).toEqual({ g1: "40" });
    expect(toText(kept.segments[1]?.openingTotal ?? decimal("0"))).toBe("40");
    expect(toText(kept.segments[1]?.openingOverage ?? decimal("1"))).toBe("0");
  });

  test("usage is counted anew, and a reset belongs to the run that it ends", () => {
    const { credits, segments } = reset("0", null);
    expect(toText(credits.used)).toBe("0");
    expect(segments.map((segment) => segment.endsInReset)).toEqual([true, false]);
    const atEnd = run(creditsOf([grant({ rollover_max: "50" })]), start + DAY, uses, {
      resets: [start + DAY],
    });
    expect(left(atEnd.credits)).toEqual({ g1: "50" });
    expect(atEnd.segments).toHaveLength(2);
    const early = burnDown(creditsOf([grant()]), {
      to: start + DAY,
      usage: usageOf([]),
      voids: [],
      resets: [start],
      overage: "kept",
    });
    expect(refused(early)).toMatch(/^a reset at 2024-01-01T00:00:00Z is not after/);
  });
});

describe("an opening balance", () => {
  const from = start + DAY;

  test("stands just before its time: what starts or comes again at that time still does", () => {
    const grants = [
      grant({ grant: "starts", effective_at: from }),
      grant({ grant: "again", recurs: recursEvery(DAY, start), priority: 2 }),
      grant({ grant: "ends", expires_at: from, priority: 3 }),
      grant({ grant: "stays", priority: 4 }),
    ];
    const credits = opened(grants, { starts: "7", again: "8", ends: "9", stays: "10" }, from);
    expect(left(run(credits, from + HOUR, []).credits)).toEqual({
      starts: "100",
      again: "100",
      ends: "0",
      stays: "10",
    });
  });
});

test("usage is counted since the last reset, whether a grant covered it or not", () => {
  const uses = [use(start, "50"), use(start + HOUR, "70"), use(start + 3 * HOUR, "4")];
  const used = (resets: number[]) =>
    toText(run(creditsOf([grant()]), start + DAY, uses, { resets }).credits.used);
  expect(used([])).toBe("124");
  expect(used([start + 2 * HOUR])).toBe("4");
  expect(used([start + 4 * HOUR])).toBe("0");
});

describe("a void", () => {
  test("takes what is left; what burnt stays burnt, and usage after it is overage", () => {
    const credits = creditsOf([grant()]);
    const uses = [use(start + HOUR - 1, "50"), use(start + HOUR + 1, "50")];
    const { credits: end, segments } = run(credits, start + DAY, uses, {
      voids: [{ grant: "g1", at: start + HOUR }],
    });
    expect(segments.map(line)).toEqual([
      "2024-01-01..2024-01-01T01:00  50 used: g1 50 (50 left)",
      "2024-01-01T01:00..2024-01-02  50 used: nothing burns; overage 50",
    ]);
    expect(end.held.map(({ phase, voided }) => `${phase} ${toText(voided)}`)).toEqual([
      "voided 50",
    ]);
  });

  test("before the run takes effect at its start, and from its end on is left to the next run", () => {
    const voids = [{ grant: "g1", at: start + HOUR }];
    const uses = [use(start + DAY, "1")];
    expect(left(run(creditsOf([grant()]), start + HOUR, uses, { voids }).credits)).toEqual({
      g1: "100",
    });
    const late = run(creditsOf([grant()], start + DAY), start + 2 * DAY, uses, { voids });
    expect(late.segments.map(line)).toEqual([
      "2024-01-02..2024-01-03  1 used: nothing burns; overage 1",
    ]);
  });

  test("of a part leaves the rest to burn", () => {
    const part = after(creditsOf([grant()]), {
      kind: "void",
      at: start,
      grant: "g1",
      amount: decimal("30"),
    });
    expect(left(part)).toEqual({ g1: "70" });
    expect(part.held[0]?.phase).toBe("active");
  });

  test("of more than is left, of an ended grant and of an unknown one is refused with what to do", () => {
    const credits = creditsOf([grant({ expires_at: start + DAY })]);
    const order = (id: string, at: number, amount: string | null) =>
      refused(
        decide(credits, {
          kind: "void",
          at,
          grant: id,
          amount: amount === null ? null : decimal(amount),
        }),
      );
    expect(order("g1", start, "101")).toBe(
      "grant g1 has 100 left, and 101 should be voided: give at most what is left",
    );
    expect(order("g1", start, "0")).toMatch(/give an amount above zero$/);
    expect(order("g1", start + 2 * DAY, null)).toBe(
      "grant g1 expired at 2024-01-02T00:00:00Z: there is nothing left to void",
    );
    expect(order("g9", start, null)).toBe("there is no grant g9: look it up by its id");
  });

  test("before the start means that nothing is ever given", () => {
    const credits = creditsOf([grant({ effective_at: start + DAY })]);
    const end = after(after(credits, { kind: "void", at: start, grant: "g1", amount: null }), {
      kind: "pass",
      at: start + 2 * DAY,
    });
    expect([...balancesOf(end).values()].map(toText)).toEqual(["0"]);
    expect(toText(end.held[0]?.given ?? decimal("1"))).toBe("0");
  });
});

describe("an order", () => {
  test("to add a grant that should have started earlier starts it now, once", () => {
    const terms = grant({ effective_at: start - 3 * DAY, recurs: recursEvery(DAY, start) });
    const [held] = creditsOf([terms], start + HOUR).held;
    expect(toText(held?.given ?? decimal("0"))).toBe("100");
    expect(held?.recursNext).toBe(start + DAY);
  });

  test("before what is done already, a second grant of one id and another unit are refused", () => {
    const credits = after(creditsOf([grant()]), { kind: "pass", at: start + DAY });
    expect(refused(decide(credits, { kind: "use", ...use(start, "1") }))).toBe(
      "use at 2024-01-01T00:00:00Z comes after 2024-01-02T00:00:00Z is done: fold again from before it",
    );
    const add = (over: Parameters<typeof grant>[0]) =>
      refused(decide(credits, { kind: "add", at: start + DAY, grant: grant(over) }));
    expect(add({})).toBe("grant g1 is there already: give the new one an id of its own");
    expect(add({ grant: "g2", unit: "EUR" })).toBe(
      "grant g2 is in EUR, and these credits are credits: nothing is converted",
    );
  });
});
