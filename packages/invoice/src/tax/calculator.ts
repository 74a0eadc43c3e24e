import { createHash } from "node:crypto";

import { compare, decimal, isNegative, readQuantity, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import {
  flawOf,
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  numberText,
  parseJson,
} from "@tallybook/usage";
import type { Json, JsonObject } from "@tallybook/usage";

import type { DraftLine, InvoiceDrafted } from "../facts.ts";
import { taxBounds, taxesOfLines } from "./amounts.ts";
import type { InvoiceTax, TaxBasis, TaxCalculated, TaxOn } from "./facts.ts";

/** What of a draft or an invoice its taxes are told of. */
export type Taxable = Pick<InvoiceDrafted, "invoice" | "tenant" | "customer" | "currency"> & {
  readonly lines: readonly Pick<DraftLine, "description" | "exact" | "tax_category">[];
};

/** What an outside calculator is asked: the same of the same draft and basis, to the byte. */
export function calculatorRequest(draft: Taxable, basis: TaxBasis): string {
  const { invoice, tenant, customer, currency, lines } = draft;
  const { country, region, customer_tax_id, entity, owner_tax_id } = basis;
  return JSON.stringify({
    invoice,
    tenant,
    customer: { customer, country, region, tax_id: customer_tax_id },
    seller: { entity, tax_id: owner_tax_id },
    currency,
    lines: lines.map(({ description, exact, tax_category }, index) => ({
      line: index + 1,
      description,
      amount: exact,
      tax_category,
    })),
  });
}

/** The identity of an answer: SHA-256, hex, of the request and of what came back. */
export function calculationId(request: string, answer: Uint8Array): string {
  const parts = ["tax calculation", request, Buffer.from(answer).toString("base64")];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** By which an answer names what was asked: SHA-256 of the request. */
export function requestDigest(request: string): Buffer {
  return createHash("sha256").update(request).digest();
}

/** Whether an answer is to what would be asked now, to the byte: else the customer may have moved while it was on its way. */
export function isAnswerTo(
  { calculator, request_digest }: TaxCalculated,
  draft: InvoiceDrafted,
  asked: { readonly calculator: string; readonly basis: TaxBasis },
): boolean {
  const digest = requestDigest(calculatorRequest(draft, asked.basis));
  return calculator === asked.calculator && digest.equals(request_digest);
}

export type Calculated =
  | { readonly ok: true; readonly taxes: readonly InvoiceTax[] }
  /** What of the answer cannot be used. */
  | { readonly ok: false; readonly why: string };

const taxesMax = 50;

/**
 * Reads `{"taxes": [{"name", "jurisdiction", "percent", "amount", "lines"}], "currency"}`: `amount` in minor units, `lines` from 1, all
 * unless given; `currency` need not be there. An amount has to be its percentage of its lines, as whoever rounds the tax of each line alone, up
 * or down, may come to it. No line has the same tax of a jurisdiction twice.
 */
export function readCalculated(answer: Uint8Array, draft: InvoiceDrafted): Calculated {
  const read = parseJson(Buffer.from(answer).toString("utf8"));
  if (!read.ok) return { ok: false, why: read.why };
  const flaw = flawOf(read.value);
  if (flaw !== undefined) return { ok: false, why: `${flaw.path || "it"} ${flaw.detail}` };
  const said: JsonObject = isJsonObject(read.value) ? read.value : {};
  const { taxes: listed, currency = null } = said;
  if (!isJsonArray(listed) || listed.length > taxesMax)
    return { ok: false, why: `it must have \`taxes\`, a list of at most ${taxesMax}` };
  if (currency !== null && currency !== draft.currency)
    return { ok: false, why: `currency must be that of the invoice, ${draft.currency}` };
  const taxes: InvoiceTax[] = [];
  for (const [index, json] of listed.entries()) {
    const tax = isJsonObject(json) ? readTax(json, draft) : "it must be an object";
    if (typeof tax === "string") return { ok: false, why: `taxes[${index}]: ${tax}` };
    const twice = taxes.findIndex((other) => isSameTax(tax, other));
    if (twice !== -1)
      return {
        ok: false,
        why: `taxes[${index}]: taxes[${twice}] is ${tax.name} of ${tax.jurisdiction} on the same lines already`,
      };
    taxes.push(tax);
  }
  return { ok: true, taxes };
}

function isSameTax(one: InvoiceTax, other: InvoiceTax): boolean {
  return (
    one.name === other.name &&
    one.jurisdiction === other.jurisdiction &&
    one.lines.some((line) => other.lines.includes(line))
  );
}

/** The tax, or what is wrong with it. */
function readTax(
  json: JsonObject,
  { lines: drafted, currency }: InvoiceDrafted,
): InvoiceTax | string {
  const name = nameIn(json["name"]);
  const jurisdiction = nameIn(json["jurisdiction"]);
  if (name === undefined || jurisdiction === undefined)
    return "name and jurisdiction must be texts of 1 to 100 characters";
  const percent = decimalIn(json["percent"]);
  if (
    percent === undefined ||
    isNegative(decimal(percent)) ||
    compare(decimal(percent), hundred) > 0
  )
    return "percent must be a number from 0 to 100";
  const amount = decimalIn(json["amount"]);
  if (amount === undefined || !/^-?\d+$/.test(amount))
    return "amount must be a whole number, in minor units";
  const lines = linesIn(json["lines"], drafted.length);
  if (lines === undefined) return `lines must be numbers from 1 to ${drafted.length}, each once`;
  const on: TaxOn = {
    treatment: "taxed",
    tax_rate: null,
    tax_rate_version: null,
    name,
    jurisdiction,
    percent,
    inclusive: false,
    reason: "",
  };
  const meant = new Set(lines);
  const perLine = drafted.map((_, index) => (meant.has(index + 1) ? [on] : []));
  const [own] = taxesOfLines(drafted, perLine, currency);
  if (own === undefined) return "it is on no line";
  const taxed = drafted.filter((_, index) => meant.has(index + 1));
  const { least, most } = taxBounds(taxed, percent, currency);
  const asked = decimal(amount);
  if (compare(asked, least) < 0 || compare(asked, most) > 0)
    return `amount is ${amount}, and ${percent} % of ${own.base} are ${own.amount}`;
  return { ...own, amount };
}

function nameIn(json: Json | undefined): string | undefined {
  if (typeof json !== "string" || json.length > 100 || !json.isWellFormed()) return undefined;
  return /^\P{Cc}+$/u.test(json) ? json : undefined;
}

function decimalIn(json: Json | undefined): DecimalText | undefined {
  const text = typeof json === "string" ? json : isJsonNumber(json) ? numberText(json) : "";
  const read = readQuantity(text);
  return read.ok ? toText(read.value) : undefined;
}

function linesIn(json: Json | undefined, count: number): number[] | undefined {
  if (json === undefined || json === null) return Array.from({ length: count }, (_, at) => at + 1);
  if (!isJsonArray(json) || json.length === 0) return undefined;
  const lines = json.filter((each) => typeof each === "number");
  const areLines = lines.every((line) => Number.isInteger(line) && line >= 1 && line <= count);
  const isOnce = new Set(lines).size === json.length;
  return areLines && isOnce ? lines.toSorted((a, b) => a - b) : undefined;
}

const hundred = decimal("100");
