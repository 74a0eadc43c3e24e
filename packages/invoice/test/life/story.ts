import {
  creditOf,
  decideLife,
  evolveReceivables,
  noReceivables,
  receivableOf,
  stateOf,
  takenOf,
} from "@tallybook/invoice";
import type { InvoiceFinalized, InvoicesFact, LifeOrder } from "@tallybook/invoice";
import { createBalances } from "@tallybook/books";
import {
  committedTail,
  createCatalogHistory,
  emptyLedger,
  evolveLedger,
  isMovement,
  journalText,
  movedBy,
  sealStep,
  tailOf,
} from "@tallybook/journal";
import type { StepBasis, StepBegun, Transaction } from "@tallybook/journal";
import { toText } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";

/** Orders about invoices of one tenant, decided one behind the other, each posted by a step of its own. */
export interface Story {
  readonly facts: InvoicesFact[];
  readonly posted: Transaction[];
  /** An invoice of `acme` that is finalized; `total` in cents. */
  invoice(number: string, total: string, changed?: Partial<InvoiceFinalized>): void;
  /** `told`, or why it was refused. */
  order(order: LifeOrder): string;
  /** Pays for acme; `invoices` as they are named. */
  pay(payment: string, amount: string, invoices?: readonly string[]): string;
  reverse(payment: string): string;
  /** State and what is open of each invoice, and the credit: `INV-1 partly_paid 500, credit 0`. */
  standing(): string;
  /** Postings by account, as a text table. */
  text(): string;
  /** Closing balances of the accounts that are not zero. */
  balances(): Record<string, string>;
}

const time = at("2024-01-15");

export function newStory(): Story {
  const known = noReceivables();
  const ledger = emptyLedger();
  const numbers: string[] = [];
  const story: Story = {
    facts: [],
    posted: [],
    invoice(number, total, changed = {}) {
      numbers.push(number);
      tell({ ...invoiceOf(number, total), ...changed });
    },
    order(order) {
      const decision = decideLife(known, order);
      if (decision.kind === "refused") return `${decision.field}: ${decision.detail}`;
      if (decision.kind === "known") return "known";
      tell(decision.fact);
      return "told";
    },
    pay: (payment, amount, invoices = []) =>
      story.order({
        order: "record_payment",
        payment,
        tenant: "default",
        customer: "acme",
        currency: "USD",
        amount,
        invoices,
        method: "bank_transfer",
        reference: "",
        received_at: time,
        actor: "k",
        recorded_at: time,
      }),
    reverse: (payment) =>
      story.order({
        order: "reverse_payment",
        tenant: "default",
        payment,
        reason: "returned",
        actor: "k",
        reversed_at: time,
      }),
    standing() {
      const invoices = numbers.map((number) => {
        const receivable = receivableOf(known, "default", number);
        if (receivable === undefined) return `${number} unknown`;
        return `${number} ${stateOf(receivable)} ${toText(receivable.open)}`;
      });
      const credit = creditOf(known, { tenant: "default", customer: "acme", currency: "USD" });
      return [...invoices, `credit ${toText(credit)}`].join(", ");
    },
    text: () => journalText(story.posted),
    balances() {
      const sums = createBalances();
      for (const { currency, postings } of story.posted) sums.add(currency, postings, false);
      const rows = sums.rows().filter(({ closing }) => closing !== "0");
      return Object.fromEntries(rows.map(({ account, closing }) => [account, closing]));
    },
  };

  /** Folds a fact, and posts it in a step as the rater does. */
  function tell(fact: InvoicesFact): void {
    story.facts.push(fact);
    evolveReceivables(known, fact);
    const taken = takenOf(fact);
    if (taken === undefined || !isMovement(taken)) return;
    const step = (ledger.head?.step ?? -1) + 1;
    const begun: StepBegun = {
      kind: "StepBegun",
      step,
      cut: step,
      time,
      catalog_offset: 0,
      invoices_offset: story.facts.length,
    };
    const basis: StepBasis = {
      begun,
      ledger,
      catalogAt: (offset) => createCatalogHistory().at(offset),
      opened: [],
      fills: new Map(),
    };
    const posted = movedBy(basis, taken);
    if (posted === undefined) throw new Error(`${fact.kind} is posted already`);
    const sealed = sealStep(committedTail(ledger), step, [posted]);
    evolveLedger(ledger, begun);
    for (const each of sealed) evolveLedger(ledger, each);
    const none = new Uint8Array(32);
    evolveLedger(ledger, {
      kind: "HeadSigned",
      ...tailOf(ledger),
      step,
      cut: step,
      cut_root: none,
      invoices_offset: story.facts.length,
      signature: none,
    });
    story.posted.push(posted);
  }
  return story;
}

function invoiceOf(number: string, total: string): InvoiceFinalized {
  return {
    kind: "InvoiceFinalized",
    invoice: `id of ${number}`,
    number,
    tenant: "default",
    customer: "acme",
    subscription: "s1",
    plan: "dev",
    plan_version: 1,
    period_from: at("2023-12-01"),
    period_to: at("2024-01-01"),
    currency: "USD",
    lines: [],
    exact: "0",
    rounding: "0",
    total,
    finalized_at: at("2024-01-01"),
    journal_step: 0,
    journal_hash: new Uint8Array(32),
    explanations: [],
    entity: null,
    taxes: [],
    tax_basis: null,
  };
}

function at(day: string): number {
  return parseTime(`${day}T00:00:00Z`) ?? 0;
}
