import { readFileSync } from "node:fs";
import path from "node:path";

import {
  billingPeriodFrom,
  emptyCatalog,
  owedPart,
  plan,
  validateDocument,
} from "@tallybook/catalog";
import type { CatalogFact, SubscriptionStarted } from "@tallybook/catalog";
import { cut, decimal, mulRatios, POSTED_DECIMALS, ratioOf, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { describe, expect, test } from "vitest";
import { readDocument } from "../src/document.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../../docs/calendars.md"), "utf8");

/** The facts of a document of customers and subscriptions; what is refused ends the test. */
function applied(json: object): readonly CatalogFact[] {
  const prices = [{ price: "base", model: "flat", amount: "31" }];
  const plans = ["ai_developer", "gpu"].map((name) => ({ plan: name, currency: "USD", prices }));
  const read = validateDocument({ plans, ...json });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const planned = plan(emptyCatalog(), read.document, { now: 0, actor: "key", tenant: "t" });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.facts;
}

function started(json: object): SubscriptionStarted[] {
  return applied(json).filter((fact) => fact.kind === "SubscriptionStarted");
}

/** As `from 2024-01-15T06:00:00Z, 1 month with the calendar in Asia/Kathmandu, by_day_used`. */
function subscriptionOf(text: string): SubscriptionStarted {
  const parts =
    /^from (\S+), (\d+) (\w+?)s? (with the calendar|from the start)(?: in ([\w/]+))?(?:, (\w+))?$/.exec(
      text,
    );
  if (parts === null) throw new Error(`no subscription: ${text}`);
  const [, start, every, unit, anchor, time_zone = null, proration = null] = parts;
  const kind = anchor === "from the start" ? "anniversary" : "calendar";
  const calendar = { every, unit, time_zone, anchor: kind };
  const subscriptions = [{ customer: "c", plan: "gpu", start, calendar, proration }];
  const [fact] = started({ customers: [{ customer: "c" }], subscriptions });
  if (fact === undefined) throw new Error(`nothing was started: ${text}`);
  return fact;
}

describe("docs/calendars.md", () => {
  test("its subscriptions are taken as they stand", () => {
    const [, yaml = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    const { json } = readDocument(yaml, "calendars.md");
    expect(started(json as object).map(({ calendar }) => calendar.time_zone)).toEqual([
      "Asia/Kathmandu",
      "Europe/Berlin",
    ]);
  });

  const anchors = [
    ...page.matchAll(/^\| `(calendar|anniversary|\{[^`]+\})` +\| (any|`?week`?|month, year) /gm),
  ];

  test.each(anchors.map(([, anchor = "", unit = ""]) => [anchor, unit]))(
    "the anchor %s is taken for %s",
    (anchor, units) => {
      const unit = units === "any" ? "day" : /\w+/.exec(units)?.[0];
      const yaml = `subscriptions: [{ customer: c, plan: gpu, start: 2024-01-01T00:00:00Z, calendar: { unit: ${unit}, anchor: ${anchor} } }]`;
      const { json } = readDocument(yaml, "calendars.md");
      expect(started({ customers: [{ customer: "c" }], ...(json as object) })).toHaveLength(1);
    },
  );

  const fees = [...page.matchAll(/^\| (from \S+, [^|]+?) +\| (\S+ … \S+) +\| ([\d.]+) +\|$/gm)];

  test.each(fees.map(([, text = "", period = "", fee = ""]) => [text, period, fee]))(
    "%s: its first period is %s and owes %s",
    (text, expected, fee) => {
      const of = subscriptionOf(text);
      const period = billingPeriodFrom(of, of.start);
      if (period === undefined) throw new Error("it has no period");
      expect(`${formatTime(period.from)} … ${formatTime(period.to)}`).toBe(expected);
      const owed = mulRatios(owedPart(of, period), ratioOf(decimal("31")));
      expect(toText(cut(owed, POSTED_DECIMALS))).toBe(fee);
    },
  );

  test("has fees by which the conventions differ", () => {
    expect(new Set(fees.map(([, , , fee]) => fee)).size).toBeGreaterThan(4);
    expect(anchors).toHaveLength(4);
  });
});
