import { askWhy } from "@tallybook/audit";
import type { Why, WhyCustomer, WhyEvent } from "@tallybook/audit";
import type { CatalogFact } from "@tallybook/catalog";
import { genesisHash } from "@tallybook/journal";
import { at, matrix, perUnit, subscription, system } from "@tallybook/testkit/facts";
import type { Fact } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Office, Tamper, Terms } from "./bookkeeper.ts";

const tenant = "default";

async function event(office: Office, id: string): Promise<WhyEvent> {
  const found = await askWhy({ ...office, tenant }, { name: id, as: "event" });
  if (found.kind !== "event") throw new Error("no event");
  return found;
}

async function answersOf(office: Office, id: string): Promise<Why[]> {
  const { records } = await event(office, id);
  return records.flatMap(({ answers }) => answers);
}

/** The reasons of an event, where the terms are others than usual. */
async function reasons(terms: Partial<Terms>, id: string, tamper?: Tamper): Promise<string[]> {
  const office = await keepBooks(tamper, { ...usualTerms, ...terms });
  const answers = await answersOf(office, id);
  for (const { reason, remedy } of answers) expect(remedy === "", reason).toBe(reason === "billed");
  return answers.map(({ reason }) => reason);
}

describe("an event", () => {
  test("that counts names the invoice and its line", async () => {
    expect(await event(await keepBooks(), "b")).toEqual({
      kind: "event",
      tenant,
      source: "",
      id: "b",
      records: [
        {
          partition: 0,
          offset: 2,
          customer: "acme",
          type: "llm",
          time: "2023-11-16T18:30:00Z",
          cut: 1,
          backfill: null,
          answers: [
            {
              reason: "billed",
              detail: "INV-000001 line 2",
              remedy: "",
              meter: "tokens",
              subscription: "s1",
              invoices: [
                {
                  invoice: expect.stringMatching(/^[0-9a-f]{64}$/),
                  number: "INV-000001",
                  line: 2,
                  backfills: [],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test("that came late is on the invoice of the adjustment alone", async () => {
    const [answer] = await answersOf(await keepBooks(), "f");
    expect(answer).toMatchObject({ reason: "billed", detail: "INV-000002 line 1" });
  });

  test("of which there are several records says what became of each", async () => {
    const { records } = await event(await keepBooks(), "a");
    expect(
      records.map(({ offset, answers }) => [offset, answers[0]?.reason, answers[0]?.detail]),
    ).toEqual([
      [1, "billed", "INV-000001 line 3"],
      [3, "duplicate", "the same as offset 1"],
      [4, "conflict", "another event with this id stands at offset 1"],
    ]);
  });

  test("that was refused says by what field", async () => {
    const [answer] = await answersOf(await keepBooks(), "e");
    expect(answer).toMatchObject({
      reason: "refused",
      detail: expect.stringContaining("too_far_ahead, time"),
    });
  });

  test("that a front door refused is found by what it said of itself", async () => {
    const item = { id: "e", type: "llm", customer: "acme", time: "2024-11-16T19:00:00Z" };
    const atDoor: Tamper = (fact) =>
      fact.kind === "UsageRejected" && fact.id === "e"
        ? {
            ...fact,
            source: null,
            id: null,
            type: null,
            customer: null,
            bytes: Buffer.from(JSON.stringify(item)),
          }
        : fact;
    const books = await keepBooks(atDoor);
    const { records } = await event(books, "e");
    expect(records).toMatchObject([{ customer: "acme", type: "llm", time: null }]);
    expect((await answersOf(books, "e")).map(({ reason }) => reason)).toEqual(["refused"]);
    const found = (await askWhy({ ...books, tenant }, { name: "acme" })) as WhyCustomer;
    expect(found.uncounted.map(({ reason, count }) => [reason, count])).toEqual([
      ["conflict", 1],
      ["refused", 1],
    ]);
  });

  test("that nobody has sent has no record", async () => {
    expect((await event(await keepBooks(), "never")).records).toEqual([]);
  });

  test("that ClickHouse has lost is still found in the log", async () => {
    const books = await keepBooks();
    books.kept.length = 0;
    expect((await answersOf(books, "b")).map(({ reason }) => reason)).toEqual(["billed"]);
  });

  test.each<readonly [reason: string, id: string, terms: Partial<Terms>]>([
    ["unmeasurable", "c", {}],
    ["no_customer", "d", {}],
    ["open", "g", {}],
    ["no_meter", "b", { meter: { ...usualTerms.meter, event_type: "other" } }],
    ["no_subscription", "b", { subscriptions: [] }],
    ["before_start", "b", { subscriptions: [subscription("s1", "acme", "dev", "2023-11-20")] }],
    [
      "after_end",
      "b",
      { subscriptions: [subscription("s1", "acme", "dev", "2023-11-01", "2023-11-10")] },
    ],
    [
      "several_subscriptions",
      "b",
      {
        subscriptions: [
          subscription("s1", "acme", "dev", "2023-11-01"),
          subscription("s2", "acme", "dev", "2023-11-01"),
        ],
      },
    ],
    ["no_plan", "b", { price: { meter: "another" } }],
    [
      "not_activated",
      "b",
      { subscriptions: [waitsForApproval(), subscription("s1", "acme", "dev", "2023-11-01")] },
    ],
    [
      "paused",
      "b",
      {
        subscriptions: [subscription("s1", "acme", "dev", "2023-11-01"), pausedFrom("2023-11-10")],
      },
    ],
    ["no_matrix_row", "b", { price: matrix("input", "tokens", ["model"], [[["conv"], "1"]]) }],
    ["parked", "b", { price: perUnit("input", "tokens", "1000000000000000000000000000000") }],
    ["drafted", "g", { billed: ["s2"] }],
  ])("is %s", async (reason, id, terms) => {
    expect(await reasons(terms, id)).toEqual([reason]);
  });

  test("of a period that is over, and of which nothing can be rated, is parked and not open", async () => {
    const dear = (price: string) => perUnit(price, "tokens", "1000000000000000000000000000000");
    const terms = { price: dear("input"), monthly: dear("again") };
    expect(await reasons(terms, "b")).toEqual(["parked", "parked"]);
    expect(await reasons(terms, "g")).toEqual(["open"]);
  });

  test("whose cut the journal has not passed waits for it", async () => {
    // The journal ends with the step of cut 1.
    let heads = 0;
    const ended: Tamper = (fact, topic) => {
      if (topic !== "journal" && topic !== "invoices") return fact;
      if (heads >= 3) return undefined;
      if (fact.kind === "HeadSigned") heads += 1;
      return fact;
    };
    expect(await reasons({}, "f", ended)).toEqual(["uncut"]);
  });

  test("whose charge is posted and on no invoice yet waits for the next", async () => {
    const unwritten: Tamper = (fact, topic) => (topic === "invoices" ? undefined : fact);
    expect(await reasons({}, "b", unwritten)).toEqual(["waiting"]);
  });

  test("of a period that is due and waits for a spool is held", async () => {
    // A cut that nobody rates, at which a spool is not known to be empty.
    const spooled = (fact: Fact) =>
      fact.kind === "CutOpened" && fact.cut > 0 ? { ...fact, complete: false } : fact;
    const unrated: Tamper = (fact, topic) => {
      if (topic === "invoices") return undefined;
      if (fact.kind === "HeadSigned") return { ...fact, seq: -1, hash: genesisHash };
      return fact.kind === "TransactionPosted" ? undefined : spooled(fact);
    };
    expect(await reasons({}, "b", unrated)).toEqual(["held"]);
  });

  test("that names somebody else's subscription, or none that there is", async () => {
    const naming =
      (name: string): Tamper =>
      (fact) =>
        fact.kind === "UsageAccepted" && fact.id === "g" ? { ...fact, subscription: name } : fact;
    const lost = async (name: string) => {
      const office = await keepBooks(naming(name), {
        ...usualTerms,
        subscriptions: [
          subscription("s1", "acme", "dev", "2023-11-01"),
          subscription("x1", "globex", "dev", "2023-11-01"),
        ],
      });
      office.kept.length = 0;
      return (await answersOf(office, "g")).map(({ reason }) => reason);
    };
    expect(await lost("x1")).toEqual(["other_customer"]);
    expect(await lost("s9")).toEqual(["no_subscription"]);
  });

  test("of a subscription that came to have usage only once its period was billed", async () => {
    // At first two subscriptions price the meter, so that the usage is nobody's; one of them is known to be another customer's later.
    const office = await keepBooks(undefined, {
      ...usualTerms,
      subscriptions: [
        subscription("s1", "acme", "dev", "2023-11-01"),
        subscription("s2", "acme", "dev", "2023-11-01"),
        neverBegun("s2"),
      ],
    });
    expect((await answersOf(office, "b")).map(({ reason }) => reason)).toEqual(["already_rated"]);
  });
});

describe("a customer", () => {
  test("has all usage put together by why, and what did not count", async () => {
    const found = (await askWhy(
      { ...(await keepBooks()), tenant },
      { name: "acme" },
    )) as WhyCustomer;
    expect(found.kind).toBe("customer");
    expect(
      found.usage.map(({ reason, detail, quantity, count, from }) => [
        reason,
        detail,
        quantity,
        count,
        from,
      ]),
    ).toEqual([
      ["billed", "INV-000001 line 3", "600000", 1, "2023-11-16T18:00:00Z"],
      ["billed", "INV-000001 line 2", "333333", 1, "2023-11-16T18:00:00Z"],
      ["billed", "INV-000002 line 1", "777777", 1, "2023-11-20T10:00:00Z"],
      ["open", "", "9", 1, "2023-12-01T00:00:00Z"],
    ]);
    expect(found.uncounted.map(({ reason, count }) => [reason, count])).toEqual([
      ["conflict", 1],
      ["refused", 1],
    ]);
  });
});

function waitsForApproval(): CatalogFact {
  const head = { kind: "ObjectRevised", ...system, collection: "customers", id: "acme" } as const;
  return { ...head, version: 1, archived: false, body: { approval: "pending" } };
}

function pausedFrom(time: string): CatalogFact {
  const from = at(time);
  const usual = { plan: "dev", quantity: "1", add_ons: [], covered: "nothing" } as const;
  const terms = [{ ...usual, from, paused: true }];
  return { kind: "SubscriptionChanged", ...system, effective_at: from, subscription: "s1", terms };
}

function neverBegun(name: string): CatalogFact {
  const end = at("2023-11-01");
  const known = { ...system, recorded_at: at("2023-12-02") };
  return { kind: "SubscriptionEnded", ...known, subscription: name, end };
}
