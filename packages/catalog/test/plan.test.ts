import {
  emptyCatalog,
  metersAt,
  plansOf,
  planVersionFor,
  subscriptionOf,
} from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import { describe, expect, test } from "vitest";
import {
  aiPlatform,
  applied,
  at,
  november,
  planned,
  platformWith,
  tenant,
  withAt,
} from "./documents.ts";

describe("applying a document", () => {
  test("writes what is new: meters and plans hold ever since", () => {
    const facts = planned(emptyCatalog(), aiPlatform());
    expect(facts).toMatchObject([
      { kind: "MeterPublished", meter: "input_tokens", version: 1, effective_at: 0 },
      { kind: "MeterPublished", meter: "images", version: 1, effective_at: 0 },
      { kind: "PlanPublished", plan: "ai_developer", version: 1, effective_at: 0 },
      { kind: "CustomerCreated", customer: "cust-00", recorded_at: november, actor: "key-1" },
      { kind: "SubscriptionStarted", subscription: "cust-00:ai_developer", end: null },
    ]);
  });

  test("writes nothing the second time", () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    expect(planned(catalog, aiPlatform(), november + 1)).toEqual([]);
  });

  test("writes a further version of what changed, from now on", () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    const changed = platformWith("plans[0].prices[0].amount", "25");
    expect(planned(catalog, changed)).toMatchObject([
      { kind: "PlanPublished", version: 2, effective_at: november },
    ]);
    expect(planned(applied(catalog, changed), changed)).toEqual([]);
  });

  test("refuses a version that would hold of a period that may be billed", () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    const changed = (effective_at: string) =>
      platformWith("plans[0]", { ...aiPlatform().plans[0], name: "Other", effective_at });
    const december = at("2023-12-10T00:00:00Z");
    expect(planned(catalog, changed("2023-11-01T00:00:00Z"), december)).toBe(
      "plans[0].effective_at closed_period",
    );
    // November goes by what was in effect when it began, and so does what is open.
    for (const time of ["2023-11-02T00:00:00Z", "2023-12-01T00:00:00Z"])
      expect(planned(catalog, changed(time), december)).toMatchObject([{ version: 2 }]);
    const october = changed("2023-10-01T00:00:00Z");
    expect(planned(catalog, october)).toMatchObject([{ version: 2 }]);
  });

  test("takes another notation of the same number for no change", () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    expect(planned(catalog, platformWith("plans[0].prices[1].per", "1000000.0"))).toEqual([]);
  });

  test("leaves alone what the document does not name", () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    expect(planned(catalog, {})).toEqual([]);
  });

  test("ends a subscription once", () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    const ended = platformWith("subscriptions[0].end", "2023-12-01T00:00:00Z");
    expect(planned(catalog, ended)).toMatchObject([{ kind: "SubscriptionEnded" }]);
    const after = applied(catalog, ended);
    expect(planned(after, ended)).toEqual([]);
    expect(planned(after, aiPlatform())).toBe("subscriptions[0].end cannot_change");
    const end = subscriptionOf(after, tenant, "cust-00:ai_developer")?.end ?? NaN;
    expect(formatTime(end)).toBe("2023-12-01T00:00:00Z");
  });

  test("one tenant's document does not meet another's", () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    expect(metersAt(catalog, "other").size).toBe(0);
    expect(plansOf(catalog, "other").size).toBe(0);
  });
});

describe("a subscription's calendar", () => {
  const billed = (fields: object, time_zone: string | null = "Asia/Kathmandu") => ({
    plans: aiPlatform().plans,
    meters: aiPlatform().meters,
    customers: [{ customer: "cust-00", time_zone }],
    subscriptions: [
      { customer: "cust-00", plan: "ai_developer", start: "2023-11-14T14:37:12Z", ...fields },
    ],
  });
  const startedAs = (fields: object, time_zone?: string | null) =>
    planned(emptyCatalog(), billed(fields, time_zone)).at(-1);

  test("is in the customer's zone unless it names another, and says so in the fact", () => {
    const anchor = { kind: "calendar", weekday: null, day: null, month: null };
    const months = { every: 1, unit: "month", anchor };
    expect(startedAs({}, null)).toMatchObject({
      calendar: { ...months, time_zone: "UTC" },
      proration: "by_second",
    });
    expect(startedAs({})).toMatchObject({ calendar: { ...months, time_zone: "Asia/Kathmandu" } });
    expect(startedAs({ calendar: { time_zone: "Europe/Berlin", every: "3" } })).toMatchObject({
      calendar: { ...months, every: 3, time_zone: "Europe/Berlin" },
    });
  });

  test("is in the zone of a customer who is known", () => {
    const catalog = applied(emptyCatalog(), billed({ subscription: "first" }));
    const second = { subscriptions: billed({ subscription: "second" }).subscriptions };
    expect(planned(catalog, second)).toMatchObject([{ calendar: { time_zone: "Asia/Kathmandu" } }]);
  });

  test.each([
    ["anniversary", "month", { kind: "anniversary", weekday: null, day: null, month: null }],
    [{ weekday: "7" }, "week", { kind: "weekday", weekday: 7, day: null, month: null }],
    [
      { day_of_month: "31", month: "2024-02" },
      "month",
      { kind: "day_of_month", weekday: null, day: 31, month: "2024-02" },
    ],
  ])("%j of a %s", (anchor, unit, expected) => {
    const fields = { calendar: { unit, anchor }, proration: "none" };
    expect(startedAs(fields)).toMatchObject({
      calendar: { unit, anchor: expected },
      proration: "none",
    });
    // The same again is no change, and no other calendar is taken.
    const catalog = applied(emptyCatalog(), billed(fields));
    expect(planned(catalog, billed(fields))).toEqual([]);
    expect(planned(catalog, billed({}))).toBe(
      "subscriptions[0].calendar cannot_change; subscriptions[0].proration cannot_change",
    );
  });

  test("a zone stays", () => {
    const catalog = applied(emptyCatalog(), billed({}));
    const elsewhere = { customers: [{ customer: "cust-00", time_zone: "UTC" }] };
    expect(planned(catalog, elsewhere)).toBe("customers[0].time_zone cannot_change");
  });

  test.each([
    // now is 20 November, 12:00 UTC.
    [{ calendar: { unit: "week" } }, "2023-11-19T18:15:00Z", "2023-11-19T18:14:59Z"],
    [{ calendar: { anchor: "anniversary" } }, "2023-11-14T14:37:12.000001Z", undefined],
    [{ calendar: { unit: "day" } }, "2023-11-19T18:15:00Z", "2023-11-19T18:14:59.999999Z"],
    [{ start: "2023-12-01T00:00:00Z" }, "2023-12-01T00:00:00.000001Z", undefined],
  ])("%j can end at %s, in what is not billed yet, and not at %s", (fields, first, before) => {
    const catalog = applied(emptyCatalog(), billed(fields));
    const ended = (end: string) => planned(catalog, billed({ ...fields, end }));
    expect(ended(first)).toMatchObject([{ kind: "SubscriptionEnded", end: at(first) }]);
    if (before !== undefined) expect(ended(before)).toBe("subscriptions[0].end in_the_past");
  });
});

describe("a change of any field is a further version", () => {
  changed("meters[0].event_type", "llm.chat");
  changed("meters[0].value_property", "tokens");
  changed("meters[0].aggregation", "count", { "meters[0].value_property": null });
  changed("meters[0].filter[0].property", "zone");
  changed("meters[0].filter[0].any_of", ["eu"]);
  changed("meters[0].dimensions", []);
  changed("meters[0].rounding", { mode: "ceiling" });
  changed("meters[0].rounding", { mode: "ceiling", decimals: "2" });
  changed("meters[0].slot", "quarter_hour");
  changed("meters[0].currency", "USD");
  changed("meters[0].effective_at", "2024-01-01T00:00:00Z");
  changed("plans[0].name", "Developer");
  changed("plans[0].effective_at", "2023-11-01T00:00:00Z");
  changed("plans[0].prices[0].price", "fee");
  changed("plans[0].prices[0].amount", "25");
  changed("plans[0].prices[0].description", "Fee");
  changed("plans[0].prices[1].meter", "images", { "plans[0].prices[2]": flatFee() });
  changed("plans[0].prices[1].model", "volume");
  changed("plans[0].prices[1].per", "1000");
  changed("plans[0].prices[1].beyond", null, { "plans[0].prices[1].tiers[1].up_to": null });
  changed("plans[0].prices[1].tiers[0].up_to", "2000000");
  changed("plans[0].prices[1].tiers[0].unit_amount", "0.6");
  changed("plans[0].prices[1].tiers[0].flat_amount", "1");
  changed("plans[0].prices[2].unit_amount", "0.05");
  changed("plans[0].prices[2]", packages("100", "1", "0"));
});

describe("a matrix prices by dimensions of its meter", () => {
  const matrix = (dimensions: readonly string[], rows: readonly object[], more: object = {}) =>
    platformWith("plans[0].prices[1]", {
      price: "input",
      meter: "input_tokens",
      model: "matrix",
      dimensions,
      rows,
      ...more,
    });
  const large = { dimensions: { model: "large" }, unit_amount: "3", per: "1e6" };
  const small = { dimensions: { model: "small" }, unit_amount: "1", per: "1e6" };

  test("and of no others", () => {
    const foreign = matrix(["zone"], [{ dimensions: { zone: "a" }, unit_amount: "1" }]);
    expect(planned(emptyCatalog(), foreign)).toBe(
      "plans[0].prices[1].dimensions[0] unknown_dimension",
    );
  });

  test("each change of it is a further version, another notation of a number is none", () => {
    const catalog = applied(emptyCatalog(), matrix(["model"], [large]));
    expect(planned(catalog, matrix(["model"], [{ ...large, per: "1000000" }]))).toEqual([]);
    for (const other of [
      matrix(["model"], [large, small]),
      matrix(["model"], [{ ...large, unit_amount: "4" }]),
      matrix(["model"], [{ ...large, per: "1" }]),
      matrix(["model"], [large], { default_row: { unit_amount: "1" } }),
    ])
      expect(planned(catalog, other)).toMatchObject([{ kind: "PlanPublished", version: 2 }]);
  });

  test("so a dimension cannot leave its meter", () => {
    const catalog = applied(emptyCatalog(), matrix(["model"], [large]));
    const without = { meters: [{ ...aiPlatform().meters[0], dimensions: ["region"] }] };
    expect(planned(catalog, without)).toBe("meters[0].dimensions in_use");
  });
});

test("a meter that adds up may count instead, but what is a maximum stays one", () => {
  const catalog = applied(emptyCatalog(), {
    meters: [{ meter: "m", event_type: "e", aggregation: "max", value_property: "n" }],
  });
  for (const aggregation of ["sum", "min", "average"]) {
    const other = { meter: "m", event_type: "e", aggregation, value_property: "n" };
    expect(planned(catalog, { meters: [other] })).toBe("meters[0].aggregation cannot_change");
  }
});

test("a change within a package is a further version", () => {
  const of = (...fields: Parameters<typeof packages>) =>
    platformWith("plans[0].prices[2]", packages(...fields));
  const catalog = applied(emptyCatalog(), of("100", "1", "0"));
  expect(planned(catalog, of("100", "1", "0"))).toEqual([]);
  for (const other of [of("10", "1", "0"), of("100", "2", "0"), of("100", "1", "5")]) {
    expect(planned(catalog, other)).toMatchObject([{ kind: "PlanPublished", version: 2 }]);
  }
});

describe("a change is refused, naming the field", () => {
  refused("plans[0].prices[1].meter", "tokens", "plans[0].prices[1].meter unknown_meter");
  refused(
    "plans[0].currency",
    "EUR",
    "plans[0].currency cannot_change; subscriptions[0].plan currency_mismatch",
  );
  refused(
    "customers[0].currency",
    "EUR",
    "customers[0].currency cannot_change; subscriptions[0].plan currency_mismatch",
  );
  refused("subscriptions[0].customer", "cust-01", "subscriptions[0].customer unknown_customer");
  refused("subscriptions[0].plan", "ai_scale", "subscriptions[0].plan unknown_plan");
  refused("subscriptions[0].start", "2023-12-01T00:00:00Z", "subscriptions[0].start cannot_change");
  refused(
    "meters[1]",
    { ...aiPlatform().meters[1], event_type: "image", effective_at: "2023-11-20T11:59:59Z" },
    "meters[1].effective_at in_the_past",
  );

  test("a subscription does not end in a period that may be billed", () => {
    const catalog = applied(
      emptyCatalog(),
      platformWith("subscriptions[0].start", "2023-01-01T00:00:00Z"),
    );
    const json = {
      subscriptions: [
        {
          customer: "cust-00",
          plan: "ai_developer",
          start: "2023-01-01T00:00:00Z",
          end: "2023-10-01T00:00:00Z",
        },
      ],
    };
    expect(planned(catalog, json)).toBe("subscriptions[0].end in_the_past");
  });
});

test("the version in effect is the one whose time came last", () => {
  const priced = (amount: string, effective_at: string | null) => ({
    plans: [
      {
        plan: "fee",
        currency: "USD",
        effective_at,
        prices: [{ price: "fee", model: "flat", amount }],
      },
    ],
  });
  let catalog = applied(emptyCatalog(), priced("1", "2023-11-01T00:00:00Z"));
  catalog = applied(catalog, priced("2", "2024-02-01T00:00:00Z"));
  catalog = applied(catalog, priced("3", "2024-01-01T00:00:00Z"));
  catalog = applied(catalog, priced("4", "2024-01-01T00:00:00Z"));
  const versions = ["2023-10-01", "2023-11-01", "2023-12-31", "2024-01-01", "2024-02-01"].map(
    (day) => planVersionFor(catalog, tenant, "fee", at(`${day}T00:00:00Z`))?.version,
  );
  expect(versions).toEqual([1, 1, 1, 4, 2]);
  expect(planVersionFor(catalog, tenant, "none", november)).toBeUndefined();
});

function changed(path: string, value: unknown, besides: Record<string, unknown> = {}): void {
  test(`of ${path}`, () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    const json = Object.entries(besides).reduce(
      (document, [path, value]) => withAt(document, path, value),
      platformWith(path, value),
    );
    expect(planned(catalog, json)).toMatchObject([{ version: 2 }]);
    expect(planned(applied(catalog, json), json)).toEqual([]);
  });
}

function packages(package_size: string, package_amount: string, free_units: string) {
  const price = { price: "images", meter: "images", model: "package" };
  return { ...price, package_size, package_amount, free_units };
}

function flatFee() {
  return { price: "images", model: "flat", amount: "1" };
}

function refused(path: string, value: unknown, expected: string): void {
  test(`${path}: ${expected}`, () => {
    const catalog = applied(emptyCatalog(), aiPlatform());
    const json = platformWith(path, value) as ReturnType<typeof aiPlatform>;
    // The subscription keeps its id, whatever customer and plan it names.
    json.subscriptions = json.subscriptions.map((each) =>
      Object.assign(each, { subscription: subscriptionId(path) }),
    );
    expect(planned(catalog, json)).toBe(expected);
  });
}

/** A new subscription where its references are tried. */
function subscriptionId(path: string): string {
  return /subscriptions\[0\]\.(customer|plan)/.test(path) ? "new" : "cust-00:ai_developer";
}
