import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import { balance } from "./balance.ts";
import { transactionId } from "./canonical.ts";
import type { Transaction } from "./canonical.ts";
import type { InvoiceSettled, MovementKind, Posting } from "./facts.ts";
import { movementKey } from "./movement-kinds.ts";
import type { StepBasis } from "./plan.ts";
import { identified } from "./post.ts";
import type { InvoiceToRound } from "./post.ts";
import { unrated } from "./unrated.ts";

/** Money that a fact of `invoices` moves, with what the books say of it. */
export interface Movement {
  readonly movement: MovementKind;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** What moves it, once: see `movementCause`. */
  readonly cause: string;
  readonly postings: readonly Posting[];
  /** Of the whole movement, major units. */
  readonly amount: DecimalText;
  readonly settles: readonly InvoiceSettled[];
  /** Of one invoice, and no other; else null. */
  readonly invoice: BilledInvoice | null;
  /** When it happened. */
  readonly at: Micros;
  /** What it takes back. */
  readonly reverses: Pick<Movement, "movement" | "cause"> | null;
}

/** Whose and what an invoice is of. */
type BilledInvoice = Pick<
  InvoiceToRound,
  "invoice" | "subscription" | "plan" | "plan_version" | "period_from" | "period_to"
>;

/** What a step takes of `invoices`: what is to be rounded, and what moves money. */
export type TakenOfInvoices = InvoiceToRound | Movement;

export function isMovement(taken: TakenOfInvoices): taken is Movement {
  return "movement" in taken;
}

/** Money that moves, as a transaction; undefined where it was taken before. Throws `Unbalanced`. */
export function movedBy(basis: StepBasis, of: Movement): Transaction | undefined {
  const { movement, tenant, customer, currency, cause, postings, amount, settles, at } = of;
  const { begun, ledger } = basis;
  if (ledger.moved.has(movementKey(movement, cause))) return undefined;
  const { invoice, subscription, plan, plan_version, period_from, period_to } =
    of.invoice ?? noInvoice(at);
  return {
    ...identified(movement, cause, basis),
    tenant,
    currency,
    postings: balance(postings),
    adjusts: reversedBy(basis, of),
    evidence: {
      ...unrated,
      cut: begun.cut,
      catalog_offset: begun.catalog_offset,
      customer,
      subscription,
      contract: null,
      contract_version: null,
      plan,
      plan_version,
      period_from,
      period_to,
      quantity: "0",
      amount,
      shares: [],
      invoice,
      settles,
    },
  };
}

/** The transaction that it takes back; one that is not in the ledger yet is posted in the same step. */
function reversedBy({ begun, ledger }: StepBasis, { reverses }: Movement): string | null {
  if (reverses === null) return null;
  const { movement, cause } = reverses;
  const known = ledger.moved.get(movementKey(movement, cause));
  return known ?? transactionId(movement, cause, begun.cut);
}

/** Of money that is of no one invoice. */
function noInvoice(at: Micros) {
  return {
    invoice: null,
    subscription: "",
    plan: "",
    plan_version: 0,
    period_from: at,
    period_to: at,
  };
}
