import { createTotal, decimal, type DecimalText, negate, toText } from "@tallybook/money";
import {
  type Book,
  closeBook,
  type Entry,
  type LateUsage,
  netOf,
  openBook,
  takeEntry,
} from "@tallybook/periods";
import { type Claim, decide, identityKey, type UsageReported, type Window } from "@tallybook/usage";
import { Refused } from "../case.ts";
import type { Adapter, Family } from "../registry.ts";
import { periodOf, timeOf } from "../times.ts";
import { exactly, Fields, type Got } from "../values.ts";

/** The same id counts once; with other content it is a conflict. */
const dedupe: Adapter = (given) => {
  const judge = createJudge();
  const count = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
  const total = createTotal();
  for (const event of new Fields(given).each("ingest")) {
    const verdict = judge(event);
    count[verdict] += 1;
    if (verdict === "accepted") total.add(quantityOf(event));
  }
  return { ...count, total: exactly(total.value()) };
};

/** What is closed stays; only corrections are let in after it, unless the case says what else becomes of late usage. */
const period_close: Adapter = (given) => {
  const fields = new Fields(given);
  const judge = createJudge();
  let book = openBook(periodOf(fields, "period"), lateOf(fields.textOr("late_usage", "refuse")));
  const quantities = new Map<string, DecimalText>();
  const got: Record<string, Got> = {};
  for (const step of fields.each("steps")) {
    if (step.flag("close")) {
      const closed = closeBook(book);
      book = closed.book;
      got["already_closed"] = closed.already_closed;
      continue;
    }
    if (!step.has("ingest")) throw new Refused(`no such step: ${step.names().join(", ")}`);
    const last = { accepted_last: 0, rejected_last: 0, duplicates_last: 0, conflicts_last: 0 };
    for (const event of step.each("ingest")) {
      const verdict = judge(event);
      if (verdict !== "accepted") {
        last[`${verdict}_last`] += 1;
        continue;
      }
      const entry = entryOf(event, quantities);
      quantities.set(entry.id, toText(entry.quantity));
      const { book: next, taken } = takeEntry(book, entry);
      book = next;
      last[taken === "late" ? "rejected_last" : "accepted_last"] += 1;
    }
    Object.assign(got, last);
  }
  return { ...got, ...totalsOf(book) };
};

function totalsOf(book: Book): Record<string, Got> {
  return {
    closed: book.is_closed,
    frozen: book.is_closed ? { quantity: exactly(book.counted) } : null,
    pending_adjustments: book.adjustments.map(({ id }) => id),
    net_total: exactly(netOf(book)),
  };
}

/** A retraction takes back the whole of what it names. */
function entryOf(event: Fields, quantities: ReadonlyMap<string, DecimalText>): Entry {
  const corrects = event.has("corrects") ? event.text("corrects") : null;
  const isRetraction = event.textOr("kind", "usage") === "retraction";
  const quantity = isRetraction
    ? negate(decimal(quantities.get(corrects ?? "") ?? "0"))
    : decimal(quantityOf(event));
  return { id: event.text("event_id"), time: timeOf(event.text("time")), quantity, corrects };
}

function quantityOf(event: Fields): DecimalText {
  return toText(event.numberOr("quantity", "0"));
}

function lateOf(text: string): LateUsage {
  if (text === "adjust" || text === "refuse") return text;
  throw new Refused(`late_usage: ${text}`);
}

type Verdict = "accepted" | "duplicates" | "conflicts" | "rejected";

/** Has the deduper decide events in the order in which they come. */
function createJudge(): (event: Fields) => Verdict {
  const claims = new Map<string, Claim>();
  let offset = 0;
  return (event) => {
    const fact = reported(event);
    offset += 1;
    const decision = decide(
      {
        offset,
        appended_at: fact.received_at ?? 0,
        key: identityKey(fact.tenant, fact.source, fact.id),
        fact,
        detail: "",
        bytes: Buffer.from(JSON.stringify(fact)),
      },
      { partition: 0, partitions: 1, window },
      (identity) => claims.get(Buffer.from(identity).toString("hex")),
    );
    switch (decision.kind) {
      case "accepted":
        claims.set(Buffer.from(decision.identity).toString("hex"), decision.claim);
        return "accepted";
      case "duplicate":
        return "duplicates";
      case "rejected":
        return decision.fact.verdict === "conflict" ? "conflicts" : "rejected";
    }
  };
}

/** Every field that a case gives beside id, time and whose it is stands for content. */
function reported(event: Fields): UsageReported {
  const { event_id: _id, time: _time, account: _account, source: _source, ...rest } = event.given;
  const time = timeOf(event.text("time"));
  return {
    kind: "UsageReported",
    tenant: "conformance",
    source: event.textOr("source", ""),
    id: event.text("event_id"),
    type: "usage",
    customer: event.textOr("account", "customer"),
    subscription: null,
    time,
    properties: Object.fromEntries(
      Object.entries(rest).map(([name, value]) => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    received_at: time,
    door: "native",
    api_key: "",
    target: null,
    personal: {},
    correction: null,
    backfill: null,
  };
}

/** Any time is taken. */
const window: Window = {
  raw_offset: 0,
  cut: 1,
  time: timeOf("2100-01-01"),
  catalog_offset: 0,
  lower_bound: null,
  ahead_seconds: 3_600,
  interval_seconds: 3_600,
  simulated: true,
  backfills: [],
};

export const closing: Family = { adapters: { dedupe, period_close }, unordered: [] };
