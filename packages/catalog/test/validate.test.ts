import { validateDocument } from "@tallybook/catalog";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aiPlatform, at, faultTexts, platformWith } from "./documents.ts";

describe("a document is refused, naming the field", () => {
  refused("meters[0].meter", "input tokens", "meters[0].meter bad_name");
  refused("meters[0].meter", undefined, "meters[0].meter missing");
  refused("meters[0].aggregation", "median", "meters[0].aggregation not_an_option");
  refused("meters[0].value_property", undefined, "meters[0].value_property missing");
  refused("meters[1].value_property", "bytes", "meters[1].value_property not_of_count");
  for (const aggregation of ["max", "min", "latest", "unique", "average"]) {
    const meter = { meter: "m", event_type: "e", aggregation };
    refused("meters[1]", meter, "meters[1].value_property missing");
  }
  refused("meters[0].dimensions", ["model", "model"], "meters[0].dimensions[1] duplicate");
  refused("meters[0].dimensions", "model", "meters[0].dimensions not_a_list");
  refused("meters[0].filter[0].any_of", [], "meters[0].filter[0].any_of missing");
  refused("meters[0].filter[0].any_of[1]", true, "meters[0].filter[0].any_of[1] not_text");
  refused("meters[0].effective_at", "yesterday", "meters[0].effective_at not_a_time");
  refused("meters[1].meter", "input_tokens", "meters[1].meter duplicate");
  refused("meters[1]", "images", "meters[1] not_an_object");
  refused("plans[0].currency", "DOLLARS", "plans[0].currency unknown_currency");
  refused("plans[0].currency", undefined, "plans[0].currency missing");
  refused(
    "plans[0].prices[1].beyond",
    undefined,
    "plans[0].prices[1].tiers[1].up_to last_tier_closed",
  );
  refused(
    "plans[0].prices[1].beyond",
    "forever",
    "plans[0].prices[1].beyond not_an_option; plans[0].prices[1].tiers[1].up_to last_tier_closed",
  );
  refused(
    "plans[0].prices[1].tiers[1].up_to",
    "1000000",
    "plans[0].prices[1].tiers[1].up_to tiers_overlap",
  );
  refused("plans[0].prices[1].tiers[0]", "free", "plans[0].prices[1].tiers[0] not_an_object");
  refused("plans[0].prices[1].per", "-1", "plans[0].prices[1].per not_positive");
  refused("plans[0].prices[1].mode", "graduated", "plans[0].prices[1].mode unknown_field");
  refused("plans[0].prices[2].unit_amount", 0.04, "plans[0].prices[2].unit_amount not_a_number");
  refused(
    "plans[0].prices[2].unit_amount",
    "0.0000000000001",
    "plans[0].prices[2].unit_amount too_many_decimals",
  );
  refused("plans[0].prices[2].meter", "input_tokens", "plans[0].prices[2].meter duplicate");
  refused("plans[0].prices[2].price", "input", "plans[0].prices[2].price duplicate");
  refused("plans[0].prices[2].model", "percent", "plans[0].prices[2].model not_an_option");
  const matrix = {
    price: "images",
    meter: "images",
    model: "matrix",
    dimensions: ["size"],
    rows: [{ dimensions: { size: "4k" }, unit_amount: "0.1", per: "1e3" }],
  };
  const row = (fields: object) => ({ ...matrix, rows: [{ ...matrix.rows[0], ...fields }] });
  refused("plans[0].prices[2]", matrix, "taken");
  refused("plans[0].prices[2]", row({ dimensions: { size: "" } }), "taken");
  refused(
    "plans[0].prices[2]",
    row({ dimensions: undefined }),
    "plans[0].prices[2].rows[0].dimensions missing",
  );
  refused(
    "plans[0].prices[2]",
    row({ dimensions: { size: 4 } }),
    "plans[0].prices[2].rows[0].dimensions.size not_text",
  );
  refused(
    "plans[0].prices[2]",
    row({ dimensions: { sise: "4k" } }),
    "plans[0].prices[2].rows[0].dimensions.size missing; plans[0].prices[2].rows[0].dimensions.sise not_of_price",
  );
  refused(
    "plans[0].prices[2]",
    row({ unit_amount: null }),
    "plans[0].prices[2].rows[0].unit_amount missing",
  );
  refused(
    "plans[0].prices[2]",
    row({ price: 1 }),
    "plans[0].prices[2].rows[0].price unknown_field",
  );
  refused(
    "plans[0].prices[2]",
    { ...matrix, default_row: { unit_amount: "-1" } },
    "plans[0].prices[2].default_row.unit_amount negative",
  );
  refused("customers[0].customer", "cust\u001f00", "customers[0].customer control_character");
  refused("customers[0].customer", "\ud800", "customers[0].customer not_unicode");
  refused("customers[0].customer", "c".repeat(256), "customers[0].customer too_long");
  refused("customers[0].customer", "顧".repeat(86), "customers[0].customer too_long");
  refused("plans[0].prices", [], "plans[0].prices missing");
  refused("customers[0].currency", "usd", "customers[0].currency unknown_currency");
  refused("customers[0].time_zone", "IST", "customers[0].time_zone unknown_zone");
  refused("customers[0].time_zone", "+05:45", "customers[0].time_zone unknown_zone");
  const calendar = "subscriptions[0].calendar";
  refused(calendar, "monthly", `${calendar} not_an_object`);
  refused(calendar, { zone: "UTC" }, `${calendar}.zone unknown_field`);
  refused(calendar, { time_zone: "europe/berlin" }, `${calendar}.time_zone unknown_zone`);
  refused(calendar, { unit: "quarter" }, `${calendar}.unit not_an_option`);
  refused(calendar, { every: "0" }, `${calendar}.every out_of_range`);
  refused(calendar, { every: "1.5" }, `${calendar}.every not_whole`);
  refused(calendar, { every: "601" }, `${calendar}.every out_of_range`);
  refused(calendar, { anchor: "easter" }, `${calendar}.anchor unknown_anchor`);
  refused(calendar, { anchor: {} }, `${calendar}.anchor.day_of_month missing`);
  refused(calendar, { anchor: { weekday: "1" } }, `${calendar}.anchor not_of_unit`);
  refused(
    calendar,
    { unit: "week", anchor: { weekday: "8" } },
    `${calendar}.anchor.weekday out_of_range`,
  );
  refused(
    calendar,
    { unit: "week", anchor: { weekday: "1", month: "2024-02" } },
    `${calendar}.anchor.month unknown_field`,
  );
  refused(
    calendar,
    { anchor: { day_of_month: "32", month: "2024-13" } },
    `${calendar}.anchor.day_of_month out_of_range; ${calendar}.anchor.month not_a_month`,
  );
  refused("subscriptions[0].proration", "daily", "subscriptions[0].proration not_an_option");
  refused("subscriptions[0].end", "2023-11-01T00:00:00Z", "subscriptions[0].end not_after_start");
  refused("customer", [], "customer unknown_field");

  test.each([[[]], ["plans: []"], [null], [7]])("%j: document not_an_object", (json) => {
    expect(outcome(json)).toBe("document not_an_object");
  });

  test("the name that a subscription is given when it is too long for an event", () => {
    const [customer, plan] = ["c".repeat(200), "p".repeat(60)];
    const subscriptions = [{ customer, plan, start: "2023-11-01T00:00:00Z" }];
    expect(outcome({ subscriptions })).toBe("subscriptions[0].subscription too_long");
  });

  test("everything that is wrong, not the first only", () => {
    const json = { meters: [{ meter: "a b", aggregation: "sum" }], plans: [{}], extra: null };
    expect(outcome(json)).toBe(
      "meters[0].meter bad_name; meters[0].event_type missing; meters[0].value_property missing; " +
        "plans[0].plan missing; plans[0].currency missing; plans[0].prices missing; extra unknown_field",
    );
  });

  test("with a sentence that says what to do", () => {
    const read = validateDocument(platformWith("plans[0].prices[1].beyond", undefined));
    expect(read.ok ? [] : read.faults.map(({ detail }) => detail)).toEqual([
      "the last tier ends, and nothing says what is beyond it; " +
        "leave out its up_to, or write `beyond: last_tier`",
    ]);
  });
});

describe("a document is taken", () => {
  test("with its defaults, and its numbers in one notation", () => {
    const read = validateDocument(aiPlatform());
    const document = read.ok ? read.document : undefined;
    expect(document?.meters[1]).toEqual({
      meter: "images",
      event_type: "image.generation",
      aggregation: "count",
      value_property: null,
      filter: [],
      dimensions: [],
      rounding: null,
      slot: "hour",
      currency: null,
      held: null,
      percent: null,
      sample_seconds: null,
      combining: null,
      parts: [],
      group_property: null,
      effective_at: null,
      history: null,
      archived: false,
    });
    expect(document?.plans[0]?.prices[1]).toEqual({
      price: "input",
      meter: "input_tokens",
      charge: {
        model: "graduated",
        per: "1000000",
        tiers: [
          { up_to: "1000000", unit_amount: "0.5", flat_amount: null, cap_amount: null },
          { up_to: "10000000", unit_amount: "0.3", flat_amount: null, cap_amount: null },
        ],
        beyond: "last_tier",
        zero_usage: "nothing",
      },
      description: "input",
    });
    expect(document?.customers).toMatchObject([
      { customer: "cust-00", name: "cust-00", currency: "USD", time_zone: "UTC" },
    ]);
    expect(document?.subscriptions).toEqual([
      {
        subscription: "cust-00:ai_developer",
        customer: "cust-00",
        plan: "ai_developer",
        start: at("2023-11-01T00:00:00Z"),
        end: null,
        calendar: {
          time_zone: null,
          every: 1,
          unit: "month",
          anchor: { kind: "calendar", weekday: null, day: null, month: null },
        },
        proration: "by_second",
        terms: [
          {
            from: at("2023-11-01T00:00:00Z"),
            plan: "ai_developer",
            quantity: "1",
            add_ons: [],
            paused: false,
            covered: "nothing",
          },
        ],
      },
    ]);
  });

  test("in part, or empty", () => {
    expect(outcome({ customers: [{ customer: "Zoë & Søn, 東京" }] })).toBe("taken");
    expect(outcome({})).toBe("taken");
  });

  test("where null stands for what is not given", () => {
    expect(outcome(platformWith("subscriptions[0].end", null))).toBe("taken");
    expect(outcome(platformWith("meters[1].value_property", null))).toBe("taken");
  });
});

function refused(path: string, value: unknown, expected: string): void {
  test(`${path} = ${JSON.stringify(value)?.slice(0, 30)}: ${expected}`, () => {
    expect(outcome(platformWith(path, value))).toBe(expected);
  });
}

function outcome(json: unknown): string {
  const read = validateDocument(json);
  return read.ok ? "taken" : faultTexts(read.faults);
}

test("a field is refused whatever it is called", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("", ".", "]", "[0", "a.", "[]"),
  );
  const isRefused = (first: string, second: string) => {
    const [meter] = aiPlatform().meters;
    const others = { [first]: "1", [second]: { [first]: "1" } };
    expect(validateDocument({ meters: [{ ...others, ...meter }] }).ok).toBe(false);
  };
  fc.assert(fc.property(name, name, isRefused));
});

test("many long names of fields are refused without being looked at for long", () => {
  const names = Array.from({ length: 3_000 }, (_, index) => [`${"[.".repeat(500)}${index}`, "1"]);
  const read = validateDocument({ customers: [{ customer: "c", ...Object.fromEntries(names) }] });
  const faults = read.ok ? [] : read.faults;
  expect(faults.length).toBeLessThanOrEqual(1_000);
  expect(Math.max(...faults.map(({ field }) => field.length))).toBe(300);
});
