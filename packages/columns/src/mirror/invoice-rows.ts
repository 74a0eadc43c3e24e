import { taxLines } from "@tallybook/invoice";
import type {
  DraftLine,
  InvoiceFact,
  InvoiceLine,
  InvoicesFact,
  TaxLine,
} from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";
import { currency, majorUnits, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";

import { microsCell } from "./cells.ts";
import type { Cell, MirroredRecord } from "./tables.ts";

export const invoiceColumns = [
  "log_offset",
  "kind",
  "tenant",
  "invoice",
  "number",
  "customer",
  "subscription",
  "plan",
  "plan_version",
  "period_from",
  "period_to",
  "currency",
  "lines",
  "exact",
  "rounding",
  "total",
  "made_at",
  "journal_step",
  "id",
  "entity",
  "due_at",
  "method",
  "reference",
  "happened_at",
] as const satisfies readonly [string, ...string[]];

/** Of what is no draft and no invoice, only what it says of an invoice, or of money, and when. */
export function invoiceRow({ offset, fact }: MirroredRecord<InvoicesFact>): Cell[] {
  switch (fact.kind) {
    case "InvoiceDrafted":
    case "InvoiceFinalized":
      return billedRow(offset, fact);
    case "DisputeOpened":
      return moneyRow(offset, { ...fact, id: fact.dispute }, fact.opened_at);
    case "DisputeSettled":
      return aboutRow(
        offset,
        {
          ...fact,
          id: fact.dispute,
          method: fact.outcome,
          reference: fact.reference ?? "",
        },
        fact.settled_at,
      );
    case "FinalizationOverridden":
      return aboutRow(offset, fact, fact.overridden_at);
    case "PaymentRecorded":
      return moneyRow(
        offset,
        { ...fact, id: fact.payment, happened_at: fact.received_at },
        fact.recorded_at,
      );
    case "PaymentReversed":
      return moneyRow(offset, { ...fact, id: fact.payment }, fact.reversed_at);
    case "TaxAwaited":
      return aboutRow(offset, fact, fact.awaited_at);
    case "TaxCalculated":
      return aboutRow(offset, fact, fact.calculated_at);
    case "TaxUnknown":
      return aboutRow(offset, fact, fact.told_at);
    case "CreditGranted":
      return moneyRow(offset, fact, fact.granted_at);
    case "CreditApplied":
      return moneyRow(offset, { ...fact, id: fact.application }, fact.applied_at);
    case "CreditRefunded":
      return moneyRow(offset, { ...fact, id: fact.refund }, fact.refunded_at);
    case "NoteIssued":
      return moneyRow(offset, { ...fact, id: fact.note }, fact.issued_at);
    case "InvoiceVoided":
      return moneyRow(offset, fact, fact.voided_at);
    case "InvoiceOverdue":
      return moneyRow(offset, { ...fact, amount: fact.open }, fact.overdue_at);
    case "InvoiceReminded":
      return moneyRow(offset, fact, fact.reminded_at);
    case "InvoiceSent":
      return moneyRow(offset, { ...fact, amount: "0" }, fact.sent_at);
    case "HoldPlaced":
      return aboutRow(
        offset,
        {
          ...fact,
          id: fact.hold,
          customer: fact.customer ?? "",
          invoice: fact.invoice ?? "",
        },
        fact.placed_at,
      );
    case "HoldReleased":
      return aboutRow(offset, { ...fact, id: fact.hold }, fact.released_at);
    case "StripeHandOffOrdered":
      return moneyRow(offset, fact, fact.ordered_at);
    case "StripeHandedOff":
      return moneyRow(offset, fact, fact.handed_at);
    case "StripeRefused":
      return aboutRow(offset, fact, fact.refused_at);
    case "StripeWithdrawalOrdered":
      return aboutRow(offset, fact, fact.ordered_at);
    case "StripeWithdrawn":
      return aboutRow(offset, fact, fact.withdrawn_at);
    case "StripeEventTaken":
      // What it records are facts of their own.
      return aboutRow(offset, fact, fact.taken_at);
  }
}

/** What a fact says of an invoice, or of money for several. */
interface About {
  readonly kind: InvoicesFact["kind"];
  readonly tenant: string;
  readonly invoice?: string;
  readonly number?: string;
  readonly customer?: string;
  readonly currency?: string;
  /** Major units. */
  readonly total?: DecimalText;
  /** Of what is no invoice. */
  readonly id?: string;
  readonly due_at?: Micros;
  readonly method?: string;
  readonly reference?: string;
  /** Where it is not when it was written down. */
  readonly happened_at?: Micros;
}

interface OfMoney extends About {
  readonly currency: string;
  /** Minor units. */
  readonly amount: DecimalText;
}

/** Of money that moves, or is asked for: whose, and how much. */
function moneyRow(offset: number, { amount, ...about }: OfMoney, at: Micros): Cell[] {
  return aboutRow(offset, { ...about, total: majorText(amount, about.currency) }, at);
}

function aboutRow(offset: number, about: About, at: Micros): Cell[] {
  const { kind, tenant, invoice = "", number = "", customer = "" } = about;
  const { currency: code = "", total = "0", id = "", due_at = 0, method = "" } = about;
  const { reference = "", happened_at = at } = about;
  const cells: Readonly<Record<(typeof invoiceColumns)[number], Cell>> = {
    log_offset: String(offset),
    kind,
    tenant,
    invoice,
    number,
    customer,
    subscription: "",
    plan: "",
    plan_version: 0,
    period_from: microsCell(0),
    period_to: microsCell(0),
    currency: code,
    lines: [],
    exact: "0",
    rounding: "0",
    total,
    made_at: microsCell(at),
    journal_step: "0",
    id,
    entity: "",
    due_at: microsCell(due_at),
    method,
    reference,
    happened_at: microsCell(happened_at),
  };
  return invoiceColumns.map((column) => cells[column]);
}

function billedRow(offset: number, fact: InvoiceFact): Cell[] {
  const isFinal = fact.kind === "InvoiceFinalized";
  const major = (minor: DecimalText): DecimalText => majorText(minor, fact.currency);
  const madeAt = microsCell(isFinal ? fact.finalized_at : fact.drafted_at);
  return [
    String(offset),
    fact.kind,
    fact.tenant,
    fact.invoice,
    isFinal ? fact.number : "",
    fact.customer,
    fact.subscription,
    fact.plan,
    fact.plan_version,
    microsCell(fact.period_from),
    microsCell(fact.period_to),
    fact.currency,
    isFinal
      ? [
          ...fact.lines.map((line) => lineCell(line, major(line.amount))),
          ...taxLines(fact).map((line) => lineCell(line, major(line.amount))),
        ]
      : fact.lines.map((line) => lineCell(line, "0")),
    fact.exact,
    isFinal ? fact.rounding : "0",
    isFinal ? major(fact.total) : "0",
    madeAt,
    String(fact.journal_step),
    "",
    isFinal ? (fact.entity ?? "") : "",
    microsCell(isFinal ? (fact.due_at ?? 0) : 0),
    "",
    "",
    madeAt,
  ];
}

function majorText(minor: DecimalText, code: string): DecimalText {
  const of = currency(code);
  if (of === undefined) throw new Error(`${minor} in ${code}, which is no money`);
  return toText(majorUnits(minor, of));
}

function lineCell(line: InvoiceLine | DraftLine | TaxLine, amount: DecimalText): object {
  return {
    transaction: line.transaction,
    transaction_kind: line.transaction_kind,
    meter: line.meter ?? "",
    dimensions: line.dimensions,
    quantity: line.quantity,
    exact: line.exact,
    amount,
    description: line.description,
    period_from: microsCell(line.period_from),
    period_to: microsCell(line.period_to),
  };
}
