import { createHash, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { canonicalJson } from "@tallybook/usage";
import type { Json } from "@tallybook/usage";

import type {
  Discounted,
  Evidence,
  HeadSigned,
  PeriodPart,
  RatedRow,
  Taxed,
  TransactionKind,
  TransactionPosted,
} from "./facts.ts";

/** A transaction before the appender gives it its place: what it says, without where it stands. */
export type Transaction = Omit<TransactionPosted, "kind" | "seq" | "previous" | "hash" | "step">;

/** The hash before the first transaction. */
export const genesisHash: Uint8Array = new Uint8Array(32);

/**
 * The identity of a transaction: SHA-256, hex, of the JSON array [kind, cause, revision]. The same cause in the same cut
 * is the same transaction, whoever computes it and how often.
 */
export function transactionId(kind: TransactionKind, cause: string, revision: number): string {
  return createHash("sha256")
    .update(JSON.stringify([kind, cause, revision]))
    .digest("hex");
}

/**
 * The canonical bytes of a transaction: JSON with its names in code unit order and no white space (RFC 8785), decimals as
 * text, times as integer microseconds. Everything but its place (seq, previous, hash, step) is in them. The fields are
 * written out: one that a later schema adds joins them only where it is set, so that old bytes stay what they were.
 */
export function transactionBytes(transaction: Transaction): Buffer {
  return Buffer.from(
    canonicalJson({
      adjusts: transaction.adjusts,
      cause: transaction.cause,
      currency: transaction.currency,
      date: transaction.date,
      evidence: evidenceJson(transaction.evidence),
      id: transaction.id,
      postings: transaction.postings.map(({ account, amount }) => ({ account, amount })),
      revision: transaction.revision,
      tenant: transaction.tenant,
      transaction_kind: transaction.transaction_kind,
    }),
  );
}

/** What chains a transaction to the one before it: SHA-256(previous hash ‖ canonical bytes). */
export function chainHash(previous: Uint8Array, transaction: Transaction): Uint8Array {
  return createHash("sha256").update(previous).update(transactionBytes(transaction)).digest();
}

type UnsignedHead = Omit<HeadSigned, "kind" | "signature">;

/** The head of a step: whoever holds the public key can tell a journal of ours from one made up. */
export function signHead(head: UnsignedHead, key: KeyObject): HeadSigned {
  return { kind: "HeadSigned", ...head, signature: sign(null, headBytes(head), key) };
}

/** Whether a head is signed by the deployment's key. */
export function isHeadSigned(head: HeadSigned, publicKey: KeyObject): boolean {
  return verify(null, headBytes(head), publicKey, head.signature);
}

/** What is signed of a head: JSON of its fields in this order, hashes as hex. */
export function headBytes(head: UnsignedHead): Buffer {
  const { step, cut, cut_root, seq, hash, invoices_offset } = head;
  return Buffer.from(
    JSON.stringify(["tallybook head", step, cut, hex(cut_root), seq, hex(hash), invoices_offset]),
  );
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function evidenceJson(evidence: Evidence) {
  return {
    amount: evidence.amount,
    ...(evidence.backfills.length === 0 ? undefined : { backfills: [...evidence.backfills] }),
    catalog_offset: evidence.catalog_offset,
    contract: evidence.contract,
    contract_version: evidence.contract_version,
    ...(evidence.covered === "nothing" ? undefined : { covered: evidence.covered }),
    customer: evidence.customer,
    cut: evidence.cut,
    ...(evidence.discount === null ? undefined : { discount: discountJson(evidence.discount) }),
    ...(evidence.in_advance ? { in_advance: true } : undefined),
    invoice: evidence.invoice,
    ...(evidence.made_of.length === 0
      ? undefined
      : { made_of: evidence.made_of.map(({ meter, quantity }) => ({ meter, quantity })) }),
    meter: evidence.meter,
    meter_version: evidence.meter_version,
    ...(evidence.part === null ? undefined : { part: partJson(evidence.part) }),
    period_from: evidence.period_from,
    period_to: evidence.period_to,
    plan: evidence.plan,
    plan_version: evidence.plan_version,
    price: evidence.price,
    quantity: evidence.quantity,
    shares: evidence.shares.map(({ amount, dimensions, quantity }) => ({
      amount,
      dimensions,
      quantity,
    })),
    ...(evidence.explanation === null
      ? undefined
      : { explanation: evidence.explanation as unknown as Json }),
    ...(evidence.rows.length === 0 ? undefined : { rows: evidence.rows.map(rowJson) }),
    ...(evidence.settles.length === 0
      ? undefined
      : { settles: evidence.settles.map(({ amount, invoice }) => ({ amount, invoice })) }),
    subscription: evidence.subscription,
    ...(evidence.tax === null ? undefined : { tax: taxJson(evidence.tax) }),
    tiers: evidence.tiers.map(({ amount, flat_amount, from, quantity, unit_amount, up_to }) => ({
      amount,
      flat_amount,
      from,
      quantity,
      unit_amount,
      up_to,
    })),
    ...(evidence.written_off === null
      ? undefined
      : {
          written_off: {
            amount: evidence.written_off.amount,
            late: evidence.written_off.late,
            below: evidence.written_off.below,
            policy_version: evidence.written_off.policy_version,
            reason: evidence.written_off.reason,
          },
        }),
  };
}

function discountJson({
  amount_off,
  application,
  base,
  coupon,
  coupon_version,
  percent_off,
}: Discounted) {
  return { amount_off, application, base, coupon, coupon_version, percent_off };
}

function taxJson({
  base,
  exact,
  inclusive,
  jurisdiction,
  percent,
  tax_rate,
  tax_rate_version,
}: Taxed) {
  return { base, exact, inclusive, jurisdiction, percent, tax_rate, tax_rate_version };
}

function partJson({ denominator, numerator, proration, whole_from, whole_to }: PeriodPart) {
  return { denominator, numerator, proration, whole_from, whole_to };
}

function rowJson({ amount, dimensions, is_default, per, quantity, unit_amount }: RatedRow) {
  return { amount, dimensions, is_default, per, quantity, unit_amount };
}
