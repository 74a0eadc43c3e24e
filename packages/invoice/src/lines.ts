import {
  contractedPlan,
  couponOf,
  couponsOf,
  planByVersion,
  taxCategoryOf,
} from "@tallybook/catalog";
import type { Catalog, Price } from "@tallybook/catalog";
import { compareTexts, dimensionsKey, isMovementKind, orderOf } from "@tallybook/journal";
import type {
  MovementKind,
  PeriodPart,
  TransactionKind,
  TransactionPosted,
} from "@tallybook/journal";
import {
  compare,
  decimal,
  isNegative,
  mul,
  negate,
  ratio,
  roundHalfUp,
  sum,
  toText,
} from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import { aroundTexts } from "@tallybook/pricing";

import { daysText, dayText, zoneOf } from "./days.ts";
import type { DraftLine, LineExplanation } from "./facts.ts";
import { partsOf } from "./parts.ts";
import type { InParts } from "./parts.ts";

/** The kinds of transactions that an invoice asks money for. */
export function isInvoiceable(kind: TransactionKind): boolean {
  if (isMovementKind(kind)) return false;
  switch (kind) {
    case "fee":
    case "usage":
    case "adjustment":
    case "discount":
      return true;
    case "tax":
    case "rounding":
      return false;
  }
}

/** Whether it corrects a period that was rated: it waits for the subscription's next invoice. */
export function isCorrection({ transaction_kind, adjusts }: TransactionPosted): boolean {
  return transaction_kind === "adjustment" || (transaction_kind === "discount" && adjusts !== null);
}

/** Whether a transaction makes at least one line: a share with no quantity and no amount makes none. */
export function hasLines({ transaction_kind, evidence }: TransactionPosted): boolean {
  return (
    isInvoiceable(transaction_kind) &&
    (evidence.shares.some(isWorthALine) || evidence.written_off !== null)
  );
}

/**
 * The lines of an invoice: fees, then usage, both in the order of the plan, dimensions sorted, and what coupons take off them; then
 * adjustments, by the period they belong to and in the order of its plan, and what coupons take off those. `catalog` must know the plan versions that rated the transactions.
 */
export function draftLines(
  transactions: readonly TransactionPosted[],
  catalog: Catalog,
): DraftLine[] {
  const invoiceable = transactions.filter(({ transaction_kind }) =>
    isInvoiceable(transaction_kind),
  );
  const isOfSeveral = isOfSeveralPeriods(invoiceable);
  return invoiceable
    .map((transaction) => placed(transaction, catalog))
    .sort(byPlace)
    .flatMap((each) => [...linesOf(each, isOfSeveral), ...writtenOffLine(each)]);
}

/** The lines of an invoice once more, from its transactions: each subscription's for itself, as they were made. */
export function linesAgain(
  invoice: Omit<InParts, "lines"> & { readonly lines: readonly DraftLine[] },
  transactions: readonly TransactionPosted[],
  catalog: Catalog,
): DraftLine[] {
  let before = 0;
  return partsOf(invoice).flatMap((part) => {
    const first = before;
    before += part.lines;
    const own = new Set(invoice.lines.slice(first, before).map(({ transaction }) => transaction));
    return draftLines(
      transactions.filter(({ id }) => own.has(id)),
      catalog,
    );
  });
}

/** How the usage that has lines came to its amounts. An adjustment is a difference, and a fee says itself. */
export function explanationsOf(
  transactions: readonly TransactionPosted[],
  lines: readonly DraftLine[],
): LineExplanation[] {
  const byId = new Map(transactions.map((each) => [each.id, each]));
  return [...new Set(lines.map(({ transaction }) => transaction))].flatMap((transaction) => {
    const posted = byId.get(transaction);
    const explanation = posted?.evidence.explanation ?? null;
    return explanation === null || posted?.transaction_kind !== "usage"
      ? []
      : [{ transaction, explanation }];
  });
}

interface Placed {
  readonly transaction: TransactionPosted;
  /** Of a discount: its words. */
  readonly coupon: string;
  readonly price: Price | undefined;
  /** The plan is before what is sold beside it. */
  readonly rank: 0 | 1;
  /** In its plan. */
  readonly position: number;
  /** The zone whose dates are told. */
  readonly zone: string;
  /** Why somebody ordered it; undefined for what nobody did. */
  readonly reason: string | undefined;
  readonly taxCategory: string | null;
}

function placed(transaction: TransactionPosted, catalog: Catalog): Placed {
  const { plan, plan_version, price: name, subscription } = transaction.evidence;
  const version = planByVersion(catalog, transaction.tenant, plan, plan_version);
  const prices = version ? contractedPlan(catalog, version, transaction.evidence).prices : [];
  // A price of an add-on is named with the add-on.
  const rank = name?.startsWith(`${plan}/`) ? 1 : 0;
  const own = rank === 1 ? name?.slice(plan.length + 1) : name;
  const index = prices.findIndex(({ price }) => price === own);
  const position =
    transaction.transaction_kind === "discount" ? placeOfCoupon(transaction, catalog) : index;
  const zone = zoneOf(catalog, transaction.tenant, subscription);
  const reason = orderOf(catalog, transaction)?.reason;
  const coupon = couponText(transaction, catalog);
  const taxCategory = taxCategoryOf(catalog, transaction.tenant, plan);
  return { transaction, coupon, price: prices[index], rank, position, zone, reason, taxCategory };
}

/** In which order coupons take from a period. */
function placeOfCoupon({ tenant, evidence }: TransactionPosted, catalog: Catalog): number {
  return couponsOf(catalog, tenant, evidence.customer)
    .toSorted((a, b) => a.effective_at - b.effective_at)
    .findIndex(({ application }) => application === evidence.discount?.application);
}

function kindRank(transaction: TransactionPosted): number {
  const { transaction_kind } = transaction;
  return transaction_kind === "discount" && isCorrection(transaction)
    ? rankOfLateDiscount
    : isMovementKind(transaction_kind)
      ? rankByKind.rounding
      : rankByKind[transaction_kind];
}

const rankByKind: Readonly<Record<Exclude<TransactionKind, MovementKind>, number>> = {
  fee: 0,
  usage: 1,
  discount: 2,
  adjustment: 3,
  tax: 5,
  rounding: 6,
};
const rankOfLateDiscount = 4;

function byPlace(a: Placed, b: Placed): number {
  return (
    kindRank(a.transaction) - kindRank(b.transaction) ||
    a.transaction.evidence.period_from - b.transaction.evidence.period_from ||
    a.rank - b.rank ||
    a.position - b.position ||
    a.transaction.revision - b.transaction.revision ||
    compareTexts(a.transaction.cause, b.transaction.cause)
  );
}

/** Parts of one period of the calendar stand on one invoice, and each line says of which it is. */
function isOfSeveralPeriods(transactions: readonly TransactionPosted[]): boolean {
  const own = transactions.filter(
    ({ transaction_kind: kind }) => kind !== "adjustment" && kind !== "discount",
  );
  return new Set(own.map(({ evidence }) => evidence.period_from)).size > 1;
}

function linesOf(placed: Placed, isOfSeveral: boolean): DraftLine[] {
  const { transaction } = placed;
  const { evidence } = transaction;
  return evidence.shares
    .filter(isWorthALine)
    .toSorted((a, b) => compareTexts(dimensionsKey(a.dimensions), dimensionsKey(b.dimensions)))
    .map(({ dimensions, quantity, amount }) => ({
      transaction: transaction.id,
      transaction_kind: transaction.transaction_kind,
      meter: evidence.meter,
      dimensions,
      quantity,
      exact: amount,
      description:
        describe(placed, dimensions, isOfSeveral) +
        missingText(transaction, { dimensions, quantity }),
      period_from: evidence.period_from,
      period_to: evidence.period_to,
      tax_category: placed.taxCategory,
    }));
}

/** What is not asked for of an adjustment is a line of its own, so that who reads the invoice sees both. */
function writtenOffLine(placed: Placed): DraftLine[] {
  const { evidence, transaction_kind, id } = placed.transaction;
  const { written_off, period_from, period_to, meter } = evidence;
  if (written_off === null) return [];
  const off = decimal(written_off.amount);
  const what = isNegative(off) ? "asked for after all" : "written off";
  return [
    {
      transaction: id,
      transaction_kind,
      meter,
      dimensions: {},
      quantity: "0",
      exact: toText(negate(off)),
      description: `${describe(placed, {}, false)}, ${what}: ${written_off.reason}`,
      period_from,
      period_to,
      tax_category: placed.taxCategory,
    },
  ];
}

function isWorthALine({
  quantity,
  amount,
}: {
  readonly quantity: DecimalText;
  readonly amount: DecimalText;
}): boolean {
  return quantity !== "0" || amount !== "0";
}

function describe(
  { transaction, coupon, price, zone, reason }: Placed,
  dimensions: Readonly<Record<string, string>>,
  isOfSeveral: boolean,
): string {
  const { transaction_kind, evidence } = transaction;
  const what = price?.description || evidence.meter || evidence.price || "";
  const where = Object.keys(dimensions)
    .toSorted()
    .map((name) => `${name} ${dimensions[name] || "(none)"}`);
  const charge = [what, ...where].join(", ") + madeOf(evidence);
  const { period_from, period_to } = evidence;
  const days = isOfSeveral ? `, ${daysText(period_from, period_to, zone)}` : "";
  if (isMovementKind(transaction_kind)) return charge;
  switch (transaction_kind) {
    case "adjustment":
      if (reason !== undefined) return `${adjustmentOf(period_from, period_to, zone)}${reason}`;
      return evidence.in_advance
        ? `Taken back, billed before its period was over: ${charge}`
        : `${lateUsageOf(period_from, period_to, zone)}${charge}`;
    case "fee":
      return feeText(charge + days, evidence);
    case "discount":
      return isCorrection(transaction)
        ? `${lateUsageOf(period_from, period_to, zone)}${coupon}`
        : coupon;
    case "usage":
    case "tax":
    case "rounding":
      return usageText(charge + days, evidence);
  }
}

/** What of a line is owed without usage: it stands with what has no dimensions. */
function missingText(
  { transaction_kind, evidence: { explanation } }: TransactionPosted,
  { dimensions, quantity }: Pick<DraftLine, "dimensions" | "quantity">,
): string {
  const isOfAll = Object.keys(dimensions).length === 0;
  if (transaction_kind !== "usage" || explanation?.of !== "around" || !isOfAll) return "";
  const missing = explanation.steps.filter(({ step }) => step === "true_up" || step === "minimum");
  const texts = missing.map(({ step }) => aroundTexts[step]).join(", ");
  if (texts === "") return "";
  return quantity === "0" ? `, ${texts}` : `, with what is ${texts}`;
}

/** Of a charge that somebody had billed before its period was over, only the rest is left. */
function usageText(
  charge: string,
  { shares, amount, covered }: TransactionPosted["evidence"],
): string {
  if (covered === "everything") return `${charge}, ${trialText}`;
  const posted = sum(shares.map((share) => decimal(share.amount)));
  return compare(posted, decimal(amount)) === 0 ? charge : `${charge}, less what was billed before`;
}

/** What of a fee is owed, and whether some of it was charged before. */
function feeText(
  charge: string,
  { part, shares, amount, covered }: TransactionPosted["evidence"],
): string {
  if (covered !== "nothing" && amount === "0") return `${charge}, ${trialText}`;
  const isInPart = part !== null && part.numerator !== part.denominator;
  const owed = isInPart ? `${charge}, ${partText(part)}` : charge;
  const [share] = shares;
  if (share === undefined || share.quantity !== "0") return owed;
  return amount === "0"
    ? `${charge}, taken back: there is no such period`
    : `${owed}, less what was charged in advance`;
}

/** What takes off, in which version, and how much of the period's charges. */
function couponText(
  { tenant, currency, evidence: { discount, shares, amount } }: TransactionPosted,
  catalog: Catalog,
): string {
  if (discount === null) return "";
  const { coupon, coupon_version, percent_off, amount_off } = discount;
  const name = couponOf(catalog, { tenant, ...discount })?.name ?? coupon;
  const title = name === coupon ? `Coupon ${coupon}` : `${name} (coupon ${coupon})`;
  const off = percent_off === null ? `${amount_off} ${currency} off` : `${percent_off} % off`;
  const posted = sum(shares.map((share) => decimal(share.amount)));
  const rest = compare(posted, decimal(amount)) === 0 ? "" : ", less what was taken off before";
  return `${title}, version ${coupon_version}: ${amount === "0" ? "taken back" : off + rest}`;
}

const trialText = "covered by the trial";

/** Of a composite: its parts in the whole period. */
function madeOf({ made_of }: TransactionPosted["evidence"]): string {
  if (made_of.length === 0) return "";
  return ` (in all ${made_of.map(({ meter, quantity }) => `${quantity} ${meter}`).join(", ")})`;
}

/** What the description of an adjustment begins with that somebody ordered. */
export function adjustmentOf(from: Micros, to: Micros, zone: string): string {
  return `Adjustment of ${daysText(from, to, zone)}: `;
}

/** What the description of an adjustment begins with. */
export function lateUsageOf(from: Micros, to: Micros, zone: string): string {
  return `Late usage of ${dayText(from, zone)} to ${dayText(to, zone)}: `;
}

/** Days as a fraction, microseconds as a share of 100. */
function partText({ numerator, denominator }: PeriodPart): string {
  const [num, den] = [decimal(numerator), decimal(denominator)];
  if (compare(den, daysMax) <= 0) return `${numerator}/${denominator} of a period`;
  return `${toText(roundHalfUp(ratio(mul(num, hundred), den), 4))} % of a period`;
}

/** A fraction of more than two years of days is none that somebody would read. */
const daysMax = decimal("732");
const hundred = decimal("100");
