import type { InvoicesFact } from "@tallybook/invoice";

/** What people do to invoices, and with money. */
export type Doing =
  | "pay"
  | "bounce"
  | "credit note"
  | "debit note"
  | "send"
  | "void"
  | "hold"
  | "release"
  | "finalize"
  | "apply"
  | "refund";

/** Something that somebody wants done, and asks for under the same id until it is answered. */
export interface Operation {
  readonly what: Doing;
  /** Of what is there once where it was done: `keyOf` the fact. */
  readonly key: string;
  readonly path: string;
  readonly body: object;
}

export interface Answered {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies of many routes
  readonly body: any;
}

/** An operation, and what it was answered at last. */
export interface Done {
  readonly operation: Operation;
  readonly answer: Answered;
  /** How often it was sent. */
  readonly sent: number;
}

/** Under which an operation and what it does are found: `id` is its own, or of the one thing that it is done to. */
export function keyFor(what: Doing, tenant: string, id: string): string {
  return JSON.stringify([what, tenant, id]);
}

/** Operations with ids of their own: no other one makes the same. */
const withOwnId: ReadonlySet<Doing> = new Set([
  "pay",
  "credit note",
  "debit note",
  "hold",
  "apply",
  "refund",
]);

/**
 * What is wrong with what was done: whatever was answered as done has to be there exactly once, as it was answered; whatever was refused not at
 * all; and nothing that nobody asked for.
 */
export function faultsOfOperations(
  facts: readonly InvoicesFact[],
  done: readonly Done[],
): string[] {
  const faults: string[] = [];
  const there = Map.groupBy(facts, keyOf);
  there.delete(undefined);
  const asked = Map.groupBy(done, ({ operation }) => operation.key);
  for (const [key = "", all] of there) {
    if (all.length > 1) faults.push(`${key} is there ${all.length} times`);
    if (!asked.has(key) && all[0]?.kind !== "InvoiceFinalized")
      faults.push(`${key} is there, and nobody asked for it`);
  }
  for (const { operation, answer, sent } of done) {
    const { key, what } = operation;
    const fact = there.get(key)?.[0];
    const told = `${answer.status} ${answer.body.detail ?? ""} after ${sent} times`;
    if (answer.status < 300) {
      if (fact === undefined) faults.push(`${key} is not there, and was answered ${told}`);
      else faults.push(...otherThan(fact, answer.body).map((why) => `${key}: ${why}`));
    } else if (![404, 409, 422].includes(answer.status)) faults.push(`${key} is answered ${told}`);
    else if (withOwnId.has(what) && fact !== undefined)
      faults.push(`${key} is there, and was answered ${told}`);
  }
  return faults;
}

/** Of a fact: what an operation that has made it is found by; undefined for those that no operation makes. */
export function keyOf(fact: InvoicesFact): string | undefined {
  const key = (what: Doing, id: string) => keyFor(what, fact.tenant, id);
  switch (fact.kind) {
    case "PaymentRecorded":
      return key("pay", fact.payment);
    case "PaymentReversed":
      return key("bounce", fact.payment);
    case "NoteIssued":
      return key(`${fact.direction} note`, fact.note);
    case "InvoiceSent":
      return key("send", fact.invoice);
    case "InvoiceVoided":
      return key("void", fact.invoice);
    case "HoldPlaced":
      return key("hold", fact.hold);
    case "HoldReleased":
      return key("release", fact.hold);
    case "InvoiceFinalized":
      return key("finalize", fact.invoice);
    case "CreditApplied":
      return key("apply", fact.application);
    case "CreditRefunded":
      return key("refund", fact.refund);
    default:
      return undefined;
  }
}

/** In what an answer says something else than the fact. */
function otherThan(fact: InvoicesFact, body: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(answerTo(fact)).flatMap(([name, value]) => {
    const [is, was] = [JSON.stringify(value), JSON.stringify(body[name])];
    return is === was ? [] : [`${name} is ${is}, and was answered as ${was}`];
  });
}

/** What the answer to an operation has to say of what was written. */
function answerTo(fact: InvoicesFact): object {
  switch (fact.kind) {
    case "PaymentRecorded": {
      const { payment, amount, settles, credited } = fact;
      return { payment, amount, settles, credited };
    }
    case "NoteIssued": {
      const { note, note_number: number, amount, settled, credited } = fact;
      return { note, number, amount, settled, credited };
    }
    case "InvoiceFinalized": {
      const { invoice, number, total } = fact;
      return { invoice, number, total };
    }
    case "CreditApplied": {
      const { application, amount, settles } = fact;
      return { application, amount, settles };
    }
    case "InvoiceSent":
    case "InvoiceVoided":
      return { invoice: fact.invoice, number: fact.number };
    default:
      return {};
  }
}

/** Of each series how many numbers it has, and what is wrong: they are 1, 2, 3 and so on in the order of the log, and no date runs backward. */
export function numbersIn(facts: readonly InvoicesFact[]): {
  readonly counts: ReadonlyMap<string, number>;
  readonly faults: readonly string[];
} {
  const series = new Map<string, { readonly count: number; readonly at: number }>();
  const faults: string[] = [];
  for (const fact of facts) {
    const numbered = numberOf(fact);
    if (numbered === undefined) continue;
    const { number, at } = numbered;
    const [, prefix = "", digits = ""] = /^(.*?)(\d+)$/.exec(number) ?? [];
    const name = `${fact.tenant} ${prefix}`;
    const before = series.get(name) ?? { count: 0, at: 0 };
    const count = before.count + 1;
    if (Number(digits) !== count) faults.push(`${name}: ${number} is the ${count}th`);
    if (at < before.at)
      faults.push(`${name}: ${number} is of ${at}, and one before it of ${before.at}`);
    series.set(name, { count, at });
  }
  return { counts: new Map([...series].map(([name, { count }]) => [name, count])), faults };
}

function numberOf(
  fact: InvoicesFact,
): { readonly number: string; readonly at: number } | undefined {
  if (fact.kind === "InvoiceFinalized") return { number: fact.number, at: fact.finalized_at };
  if (fact.kind === "NoteIssued") return { number: fact.note_number, at: fact.issued_at };
  return undefined;
}
