import {
  creditOf,
  creditsToGrant,
  decideLife,
  decideStripe,
  evolveReceivables,
  newlyOverdue,
  noReceivables,
  receivableOf,
  standingOf,
  takenOf,
} from "@tallybook/invoice";
import type {
  InvoiceFinalized,
  InvoicesFact,
  LifeOrder,
  NoteDirection,
  StripeOrder,
} from "@tallybook/invoice";
import { createBalances } from "@tallybook/books";
import { emptyCatalog } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
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
  unrated,
} from "@tallybook/journal";
import type { JournalFact, StepBasis, StepBegun, Transaction } from "@tallybook/journal";
import { decimal, majorUnits, negate, toText } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";

/** Orders about invoices of one tenant, decided one behind the other, each posted by a step of its own. */
export interface Story {
  readonly facts: InvoicesFact[];
  readonly posted: Transaction[];
  readonly journal: JournalFact[];
  /** A fee of acme that the rater posts, major units. */
  charge(amount: string): void;
  /**
   * An invoice of `acme` that is finalized; `total` in cents, of one line unless given; lines below zero are discounts. Lines are of
   * their cents, or of all that is said of them.
   */
  invoice(
    number: string,
    total: string,
    changed?: Partial<InvoiceFinalized>,
    lines?: readonly (string | IssueNote["invoiced"][number])[],
  ): void;
  /** `told`, or why it was refused. */
  order(order: LifeOrder): string;
  /** The same of Stripe; how many facts it came to. */
  stripe(order: StripeOrder): string;
  /** Pays for acme; `invoices` as they are named. */
  pay(payment: string, amount: string, invoices?: readonly string[]): string;
  reverse(payment: string): string;
  send(number: string): string;
  /** With postings against `income:fees:dev`. */
  void(number: string): string;
  /** `lines`: number and amount of each; null: all that is left. */
  note(
    direction: NoteDirection,
    note: string,
    number: string,
    lines: readonly (readonly [number, string])[] | null,
    isTaxKept?: boolean,
  ): string;
  /** Null: as much as there is, and is open. */
  apply(application: string, amount: string | null, invoices?: readonly string[]): string;
  refund(refund: string, amount: string): string;
  /** What a head of the journal writes by itself, as of a day; how many facts that were. */
  head(day: string): number;
  /** State and what is open of each invoice, and the credit: `INV-1 partly_paid 500, credit 0`. */
  standing(): string;
  /** Postings by account, as a text table. */
  text(): string;
  /** Closing balances of the accounts that are not zero. */
  balances(): Record<string, string>;
}

/** What an order of a note says of the invoice's lines. */
type IssueNote = Extract<LifeOrder, { order: "issue_note" }>;

const usd = { code: "USD", digits: 2 } as const;

/** `catalog`: as it is all the time. */
export function newStory(catalog: Catalog = emptyCatalog()): Story {
  const known = noReceivables();
  const ledger = emptyLedger();
  const numbers: string[] = [];
  const linesOf = new Map<string, IssueNote["invoiced"]>();
  let now = at("2024-01-15");
  const story: Story = {
    facts: [],
    posted: [],
    journal: [],
    invoice(number, total, changed = {}, lines = [total]) {
      numbers.push(number);
      linesOf.set(
        number,
        lines.map((line, index) => (typeof line === "string" ? lineOf(line, index) : line)),
      );
      tell({ ...invoiceOf(number, total), ...changed });
    },
    order(order) {
      const decision = decideLife(known, order, catalog);
      if (decision.kind === "refused") return `${decision.field}: ${decision.detail}`;
      if (decision.kind === "known") return "known";
      tell(decision.fact);
      return "told";
    },
    stripe(order) {
      const decision = decideStripe(known, order);
      if (decision.kind === "refused") return `${decision.field}: ${decision.detail}`;
      for (const fact of decision.facts) tell(fact);
      return `${decision.facts.length} told`;
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
        received_at: now,
        actor: "k",
        recorded_at: now,
      }),
    reverse: (payment) =>
      story.order({
        order: "reverse_payment",
        tenant: "default",
        payment,
        reason: "returned",
        actor: "k",
        reversed_at: now,
      }),
    charge: (amount) => post(({ begun }) => chargeOf(amount, begun)),
    send: (number) =>
      story.order({
        order: "send_invoice",
        tenant: "default",
        invoice: `id of ${number}`,
        actor: "k",
        sent_at: now,
        channel: "email",
        recipient: "",
      }),
    void(number) {
      const { invoice } = receivableOf(known, "default", number) ?? {};
      const amount = toText(majorUnits(invoice?.total ?? "0", usd));
      const postings = [
        { account: "assets:receivable:acme", amount: toText(negate(decimal(amount))) },
        { account: "income:fees:dev", amount },
      ];
      const order = { tenant: "default", invoice: `id of ${number}`, reason: "wrong", postings };
      return story.order({ order: "void_invoice", ...order, actor: "k", voided_at: now });
    },
    note: (direction, note, number, lines, isTaxKept = false) =>
      story.order({
        order: "issue_note",
        tenant: "default",
        note,
        direction,
        invoice: `id of ${number}`,
        reason: "agreed",
        lines:
          lines &&
          lines.map(([line, amount]) => ({
            line,
            amount,
          })),
        isTaxKept,
        invoiced: linesOf.get(number) ?? [],
        actor: "k",
        issued_at: now,
      }),
    apply: (application, amount, invoices = []) =>
      story.order({
        order: "apply_credit",
        tenant: "default",
        customer: "acme",
        currency: "USD",
        application,
        amount,
        invoices,
        actor: "k",
        applied_at: now,
      }),
    refund: (refund, amount) =>
      story.order({
        order: "refund_credit",
        tenant: "default",
        customer: "acme",
        currency: "USD",
        refund,
        amount,
        method: "bank_transfer",
        reference: "",
        actor: "k",
        refunded_at: now,
      }),
    head(day) {
      now = at(day);
      const place = { time: now, step: 0 };
      const facts = [...creditsToGrant(known, place), ...newlyOverdue(known, place)];
      for (const fact of facts) tell(fact);
      return facts.length;
    },
    standing() {
      const invoices = numbers.map((number) => {
        const receivable = receivableOf(known, "default", number);
        if (receivable === undefined) return `${number} unknown`;
        const standing = standingOf(receivable, now);
        return `${number} ${standing?.state} ${toText(receivable.open)}`;
      });
      const credit = creditOf(known, { tenant: "default", customer: "acme", currency: "USD" });
      return [...invoices, `credit ${toText(credit)}`].join(", ");
    },
    text: () => journalText(story.posted),
    balances() {
      const sums = createBalances();
      for (const posted of story.posted) sums.add(posted, false);
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
    post((basis) => {
      const posted = movedBy(basis, taken);
      if (posted === undefined) throw new Error(`${fact.kind} is posted already`);
      return posted;
    });
  }

  /** A step of the rater. */
  function post(transaction: (basis: StepBasis) => Transaction): void {
    const step = (ledger.head?.step ?? -1) + 1;
    const begun: StepBegun = {
      kind: "StepBegun",
      step,
      cut: step,
      time: now,
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
    const posted = transaction(basis);
    const sealed = sealStep(committedTail(ledger), step, [posted]);
    const record = (each: JournalFact) => {
      evolveLedger(ledger, each);
      story.journal.push(each);
    };
    record(begun);
    sealed.forEach(record);
    const none = new Uint8Array(32);
    record({
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

function lineOf(amount: string, index: number): IssueNote["invoiced"][number] {
  return {
    amount,
    exact: toText(majorUnits(amount, usd)),
    description: `what ${index + 1}`,
    transaction_kind: amount.startsWith("-") ? "discount" : "fee",
  };
}

function chargeOf(amount: string, { cut, time }: StepBegun): Transaction {
  const minus = toText(negate(decimal(amount)));
  return {
    id: `charge ${cut}`,
    transaction_kind: "fee",
    cause: `charge ${cut}`,
    revision: cut,
    date: time,
    tenant: "default",
    currency: "USD",
    adjusts: null,
    postings: [
      {
        account: "assets:receivable:acme",
        amount,
      },
      {
        account: "income:fees:dev",
        amount: minus,
      },
    ],
    evidence: {
      ...unrated,
      price: "monthly",
      cut,
      catalog_offset: 0,
      customer: "acme",
      shares: [],
      subscription: "s1",
      contract: null,
      contract_version: null,
      plan: "dev",
      plan_version: 1,
      period_from: time,
      period_to: time,
      quantity: "1",
      amount,
    },
  };
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
    due_at: null,
    parts: [],
  };
}

export function at(day: string): number {
  return parseTime(`${day}T00:00:00Z`) ?? 0;
}
