import { emptyCatalog, evolve } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import {
  evolveDisputes,
  evolveReceivables,
  newReminders,
  noReceivables,
  webhookBody,
  webhookEventOf,
} from "@tallybook/invoice";
import type { DisputeOpened, HoldPlaced, InvoicesFact } from "@tallybook/invoice";
import { beforeEach, expect, test } from "vitest";

import { at, newStory } from "./story.ts";
import type { Story } from "./story.ts";

const system = { tenant: "default", recorded_at: 0, actor: "system", effective_at: 0 } as const;
let catalog = emptyCatalog();
let story: Story;

beforeEach(() => {
  catalog = emptyCatalog();
  schedule(["3", "10", "30"]);
  story = newStory();
  story.invoice("INV-1", "2000", { due_at: at("2024-01-31") });
});

function schedule(days: readonly string[], archived = false): void {
  const offset = catalog.offset;
  const fact: CatalogFact = {
    kind: "ObjectRevised",
    ...system,
    collection: "reminder_schedules",
    id: "invoices",
    version: offset + 1,
    archived,
    body: { days },
  };
  evolve(catalog, fact, offset);
}

/** What is told at a head of a day, `days of amount`; it is written, as the invoicer does. */
function head(day: string): string[] {
  const known = story.facts.reduce(evolveReceivables, noReceivables());
  const disputes = story.facts.reduce(evolveDisputes, new Map());
  const reminders = newReminders(known, disputes, catalog, { time: at(day), step: 7 });
  story.facts.push(...reminders);
  return reminders.map(({ days, amount }) => `${days} days: ${amount}`);
}

test("each reminder comes at the first cut behind its day, once", () => {
  expect(head("2024-02-02")).toEqual([]);
  expect(head("2024-02-03")).toEqual(["3 days: 2000"]);
  expect(head("2024-02-03")).toEqual([]);
  expect(head("2024-02-09")).toEqual([]);
  story.pay("p1", "500");
  expect(head("2024-02-10")).toEqual(["10 days: 1500"]);
  expect(head("2024-12-31")).toEqual(["30 days: 1500"]);
  expect(head("2025-12-31")).toEqual([]);
});

test("of several that are due it is the last one, and whoever has no schedule reminds nobody", () => {
  schedule([]);
  expect(head("2024-03-01")).toEqual([]);
  schedule(["3", "10", "30"], true);
  expect(head("2024-03-01")).toEqual([]);
  schedule(["3", "10", "30"]);
  expect(head("2024-03-01")).toEqual(["30 days: 2000"]);
  schedule(["3", "10", "30", "60"]);
  expect(head("2024-03-02")).toEqual([]);
});

test("what is under dispute is left out until it is settled, and all of it is no reminder", () => {
  const opened = (dispute: string, line: number, amount: string) =>
    ({
      kind: "DisputeOpened",
      dispute,
      tenant: "default",
      invoice: "id of INV-1",
      line,
      currency: "USD",
      amount,
    }) as DisputeOpened;
  story.facts.push(opened("d1", 1, "700"));
  expect(head("2024-02-03")).toEqual(["3 days: 1300"]);
  expect(story.facts.at(-1)).toMatchObject({ open: "2000", disputed: "700", amount: "1300" });
  story.facts.push(opened("d2", 2, "1500"));
  expect(head("2024-02-10")).toEqual([]);
  const settled = { kind: "DisputeSettled", dispute: "d2", tenant: "default" };
  story.facts.push(settled as unknown as InvoicesFact);
  expect(head("2024-02-11")).toEqual(["10 days: 1300"]);
  story.pay("p1", "1500");
  expect(head("2024-03-01")).toEqual([]);
});

test("nobody is reminded while on hold, of what is paid or voided, or of what has no date", () => {
  const hold: HoldPlaced = {
    kind: "HoldPlaced",
    hold: "h1",
    tenant: "default",
    customer: "acme",
    invoice: null,
    reason: "talks",
    actor: "k",
    placed_at: 0,
  };
  story.invoice("INV-2", "300");
  story.facts.push(hold);
  expect(head("2024-02-03")).toEqual([]);
  story.facts.push({
    kind: "HoldReleased",
    hold: "h1",
    tenant: "default",
    reason: "",
    actor: "k",
    released_at: 0,
  });
  expect(head("2024-02-04")).toEqual(["3 days: 2000"]);
  story.pay("p1", "2000", ["INV-1"]);
  expect(head("2024-02-10")).toEqual([]);
  story.invoice("INV-3", "500", { due_at: at("2024-01-31") });
  story.void("INV-3");
  expect(head("2024-02-11")).toEqual([]);
});

test("a payment that bounces does not have anybody reminded again of the same day", () => {
  expect(head("2024-02-03")).toEqual(["3 days: 2000"]);
  story.pay("p1", "2000");
  story.reverse("p1");
  expect(head("2024-02-04")).toEqual([]);
  expect(head("2024-02-10")).toEqual(["10 days: 2000"]);
});

test("receivers are told what to remind of", () => {
  head("2024-02-03");
  const event = webhookEventOf(story.facts.at(-1) as InvoicesFact);
  expect(event?.object).toBe("id of INV-1");
  expect(event && webhookBody(event)).toBe(
    '{"type":"invoice.reminder","timestamp":"2024-02-03T00:00:00Z","data":{"invoice":"id of INV-1","number":"INV-1","customer":"acme","currency":"USD","due_at":"2024-01-31T00:00:00Z","days":3,"open":"2000","disputed":"0","amount":"2000"}}',
  );
});
