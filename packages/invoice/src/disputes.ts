import { createHash } from "node:crypto";

import { add, compare, decimal, sum, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import type { DisputeOpened, DisputeSettled, InvoiceFinalized, InvoicesFact } from "./facts.ts";
import { isPartOf } from "./life/notes.ts";

/** A dispute, and how it ended; null while it is open. */
export interface Dispute {
  readonly opened: DisputeOpened;
  readonly settled: DisputeSettled | null;
}

/** Disputes in the order in which they were opened, by id. The fold owns its map. */
export type Disputes = Map<string, Dispute>;

/** Takes in a fact of `invoices`; what is about no dispute, and a repeat, changes nothing. */
export function evolveDisputes(disputes: Disputes, fact: InvoicesFact): Disputes {
  if (fact.kind === "DisputeOpened" && !disputes.has(fact.dispute))
    disputes.set(fact.dispute, { opened: fact, settled: null });
  if (fact.kind === "DisputeSettled") {
    const dispute = disputes.get(fact.dispute);
    if (dispute?.settled === null) disputes.set(fact.dispute, { ...dispute, settled: fact });
  }
  return disputes;
}

/** Who disputes what of a line. */
export interface DisputeOrder {
  readonly line: number;
  /** Minor units; all of the line unless given. */
  readonly amount?: DecimalText;
}

export type DisputeRefusal =
  | { readonly kind: "no_line"; readonly lines: number }
  /** One at a time: it is open. */
  | { readonly kind: "open"; readonly dispute: string }
  /** More than the line, or of the other sign, or nothing. */
  | { readonly kind: "amount"; readonly max: DecimalText };

/** The identity of the next dispute of a line and what it is about, or why there is none. */
export function nextDispute(
  disputes: Disputes,
  { tenant, invoice, lines }: Pick<InvoiceFinalized, "tenant" | "invoice" | "lines">,
  order: DisputeOrder,
): { readonly dispute: string; readonly amount: DecimalText } | DisputeRefusal {
  const line = lines[order.line - 1];
  if (line === undefined) return { kind: "no_line", lines: lines.length };
  const before = [...disputes.values()].filter(
    ({ opened }) =>
      opened.tenant === tenant && opened.invoice === invoice && opened.line === order.line,
  );
  const open = before.find(({ settled }) => settled === null);
  if (open !== undefined) return { kind: "open", dispute: open.opened.dispute };
  const amount = order.amount ?? line.amount;
  if (!isPartOf(decimal(amount), decimal(line.amount))) return { kind: "amount", max: line.amount };
  const parts = ["dispute", tenant, invoice, order.line, before.length];
  return { dispute: createHash("sha256").update(JSON.stringify(parts)).digest("hex"), amount };
}

/**
 * What of an invoice is under dispute, minor units: whoever reminds of it, or tries to collect it, leaves that much out. Never more
 * than its total.
 */
export function amountUnderDispute(
  disputes: Iterable<Dispute>,
  of: Pick<InvoiceFinalized, "tenant" | "invoice" | "total">,
): DecimalText {
  return toText(underDispute(disputesOf(disputes, of), decimal(of.total)));
}

/** The disputes of an invoice, settled ones too, in the order in which they were opened. */
export function disputesOf(
  disputes: Iterable<Dispute>,
  { tenant, invoice }: Pick<InvoiceFinalized, "tenant" | "invoice">,
): readonly Dispute[] {
  return [...disputes].filter(
    ({ opened }) => opened.tenant === tenant && opened.invoice === invoice,
  );
}

/**
 * What of an amount, minor units, is under dispute now, or was at a time: the open ones of `disputes`, never below zero, as those of a
 * discount are, and never more than there is.
 */
export function underDispute(disputes: readonly Dispute[], amount: Decimal, at?: Micros): Decimal {
  const open = disputes.filter(({ opened, settled }) =>
    at === undefined
      ? settled === null
      : opened.opened_at <= at && (settled === null || settled.settled_at > at),
  );
  const disputed = sum(open.map(({ opened }) => decimal(opened.amount)));
  if (compare(disputed, zero) <= 0 || compare(amount, zero) <= 0) return zero;
  return compare(disputed, amount) > 0 ? amount : disputed;
}

/** How much is disputed, and for how long. */
export interface DisputeReport {
  /** Finalized invoices, and those of them that were ever disputed. */
  readonly invoices: number;
  readonly disputed_invoices: number;
  readonly open: number;
  readonly settled: {
    readonly correction: number;
    readonly credit_note: number;
    readonly rejection: number;
  };
  /** Open ones, by currency, minor units. */
  readonly under_dispute: Readonly<Record<string, DecimalText>>;
  /** Of the open ones, seconds by the deployment's clock; null where none is. */
  readonly oldest_seconds: number | null;
  /** Of the settled ones, from opened to settled, the one in the middle; null where none is. */
  readonly median_settled_seconds: number | null;
}

export function reportDisputes(
  disputes: readonly Dispute[],
  invoices: number,
  now: Micros,
): DisputeReport {
  const settled = { correction: 0, credit_note: 0, rejection: 0 };
  const under = new Map<string, Decimal>();
  const [ages, took]: [number[], number[]] = [[], []];
  for (const { opened, settled: end } of disputes) {
    if (end !== null) {
      settled[end.outcome] += 1;
      took.push(end.settled_at - opened.opened_at);
      continue;
    }
    const { currency, amount } = opened;
    under.set(currency, add(under.get(currency) ?? decimal("0"), decimal(amount)));
    ages.push(Math.max(0, now - opened.opened_at));
  }
  took.sort((a, b) => a - b);
  const middle = took[Math.floor(took.length / 2)];
  return {
    invoices,
    disputed_invoices: new Set(disputes.map(({ opened }) => opened.invoice)).size,
    open: ages.length,
    settled,
    under_dispute: Object.fromEntries([...under].map(([code, amount]) => [code, toText(amount)])),
    oldest_seconds: ages.length === 0 ? null : secondsOf(Math.max(...ages)),
    median_settled_seconds: middle === undefined ? null : secondsOf(middle),
  };
}

function secondsOf(micros: Micros): number {
  return Math.floor(micros / 1_000_000);
}

const zero = decimal("0");
