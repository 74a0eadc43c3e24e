import { createHash } from "node:crypto";

import type { InvoiceFact } from "./facts.ts";
import type { NoteIssued } from "./life/facts.ts";

/** Crockford's digits: none of them is taken for another one. */
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const bytes = 10;

/**
 * The code that stands on an invoice's documents, such as `7QK4-9XWD-0RBM-ETV2`: 80 bits of a hash of the invoice's id and the head of
 * the journal that it was made from. Whoever holds a document finds the invoice by it, and compares.
 */
export function verificationCode({
  invoice,
  journal_hash,
}: Pick<InvoiceFact, "invoice" | "journal_hash">): string {
  return codeOf(["verify", invoice, Buffer.from(journal_hash).toString("hex")]);
}

/** As `verificationCode`, of a note: of its id, and of the invoice that it is on with its head. */
export function noteVerificationCode(
  { tenant, note }: Pick<NoteIssued, "tenant" | "note">,
  { invoice, journal_hash }: Pick<InvoiceFact, "invoice" | "journal_hash">,
): string {
  const head = Buffer.from(journal_hash).toString("hex");
  return codeOf(["verify note", tenant, note, invoice, head]);
}

function codeOf(parts: readonly string[]): string {
  const of = JSON.stringify(parts);
  const hash = createHash("sha256").update(of).digest().subarray(0, bytes);
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const text = (bits.match(/.{5}/g) ?? []).map((five) => digits[parseInt(five, 2)]).join("");
  return (text.match(/.{4}/g) ?? []).join("-");
}

/** A code as people write it: small letters, without dashes, O for 0, I and L for 1. Undefined where it is none. */
export function readVerificationCode(text: string): string | undefined {
  const plain = text.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  if (!/^[0-9A-HJKMNP-TV-Z]{16}$/.test(plain)) return undefined;
  return (plain.match(/.{4}/g) ?? []).join("-");
}
