import { couponsFor, couponsOf, subscriptionOf, takesFrom } from "@tallybook/catalog";
import type { AppliedCoupon, Catalog, Subscription } from "@tallybook/catalog";
import { add, compare, cut, decimal, isNegative, isZero, max, min } from "@tallybook/money";
import { negate, POSTED_DECIMALS, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import type { Period } from "@tallybook/periods";
import { stackCoupons } from "@tallybook/pricing";
import type { Discount } from "@tallybook/pricing";

import { isOrdered } from "./apply.ts";
import { soldTo } from "./attribute.ts";
import type { Transaction } from "./canonical.ts";
import type { Discounted, Evidence } from "./facts.ts";
import { addTo, billedIn } from "./billed-cells.ts";
import type { Cell, Cells } from "./billed-cells.ts";
import { wholeKey } from "./ledger.ts";
import type { PostedDiscount } from "./ledger.ts";
import { isMovementKind } from "./movement-kinds.ts";
import { accounts, discountCause } from "./names.ts";
import { isRatingStep } from "./plan.ts";
import type { StepBasis } from "./plan.ts";
import { identified, owed } from "./post.ts";
import { byKindAndCause } from "./rate.ts";
import type { RatedStep } from "./rate.ts";
import { priceKey } from "./rated.ts";
import { askedBy } from "./write-off.ts";
import { unrated } from "./unrated.ts";

/** A step with what coupons take off it. */
export function withDiscounts(basis: StepBasis, step: RatedStep): RatedStep {
  const discounts = discountsOf(basis, step.transactions);
  if (discounts.length === 0) return step;
  return { ...step, transactions: [...step.transactions, ...discounts].sort(byKindAndCause) };
}

/**
 * What coupons take off what a step posts. A coupon takes from all that a whole period of the calendar comes to, its parts together, and is
 * posted as the difference to what was posted of it before: so a bill before the period's end, its invoice and what is known later add
 * up to what the coupon takes of all. A period that was rated has the coupons of its first rating.
 */
export function discountsOf(basis: StepBasis, charges: readonly Transaction[]): Transaction[] {
  if (!isRatingStep(basis)) return [];
  const { catalogAt, begun } = basis;
  const catalog = catalogAt(begun.catalog_offset);
  const own = charges.filter(
    (each) => isCharge(each) && couponsOf(catalog, each.tenant, each.evidence.customer).length > 0,
  );
  const byPeriod = Map.groupBy(own, ({ tenant, evidence }) =>
    wholeKey({ tenant, ...evidence }, wholeOf(evidence).from),
  );
  return [...byPeriod.values()].flatMap((of) => discountsOfPeriod(basis, of));
}

/** What somebody ordered is as much as was ordered. */
function isCharge(transaction: Transaction): boolean {
  const { transaction_kind: kind } = transaction;
  if (isMovementKind(kind)) return false;
  switch (kind) {
    case "fee":
    case "usage":
      return true;
    case "adjustment":
      return !isOrdered(transaction);
    case "discount":
    case "tax":
    case "rounding":
      return false;
  }
}

/** On which document charges stand: with what came late, on the period's invoice, or on a draft. */
const documents = ["late", "period", "draft"] as const;
type OnDocument = (typeof documents)[number];

function documentOf({ transaction_kind, evidence }: Transaction): OnDocument {
  if (transaction_kind === "adjustment") return "late";
  return transaction_kind === "usage" && evidence.in_advance ? "draft" : "period";
}

/** What was billed in advance and is given back is not. */
function isOfLateUsage({ transaction_kind, evidence }: Transaction): boolean {
  return transaction_kind === "adjustment" && !evidence.in_advance;
}

/** The whole period of the calendar that a charge is of. */
function wholeOf({ part, period_from, period_to }: Evidence): Period {
  return part === null
    ? { from: period_from, to: period_to }
    : { from: part.whole_from, to: part.whole_to };
}

function discountsOfPeriod(basis: StepBasis, charges: readonly Transaction[]): Transaction[] {
  const [first] = charges;
  if (first === undefined) return [];
  const { tenant, evidence, currency } = first;
  const whole = wholeOf(evidence);
  const of = { tenant, customer: evidence.customer, subscription: evidence.subscription };
  const { cells, catalog_offset } = billedIn(basis, of, whole);
  const catalog = basis.catalogAt(catalog_offset);
  const subscription = subscriptionOf(catalog, tenant, of.subscription);
  if (subscription === undefined) return [];
  const coupons = couponsFor(catalog, subscription, whole).filter(
    ({ coupon }) => coupon.currency === null || coupon.currency === currency,
  );
  const posted = new Map(basis.ledger.discounts.get(wholeKey(of, whole.from)));
  return documents.flatMap((document) => {
    const own = charges.filter((charge) => documentOf(charge) === document);
    if (own.length === 0) return [];
    const isLate = own.every(isOfLateUsage);
    const before = isLate ? targetsOf(catalog, subscription, coupons, cells) : [];
    for (const charge of own) addTo(cells, charge.evidence, askedBy(charge.evidence));
    const targets = targetsOf(catalog, subscription, coupons, cells);
    const room = sum(own.map(({ evidence }) => askedBy(evidence)));
    const changes = isLate ? changesSince(before, targets) : changesOf(targets, posted, room);
    return changes.map(({ off, target }): Transaction => {
      const made = discount(basis, own, { document, catalog_offset, whole, off, target }, posted);
      posted.set(target.discount.application, {
        off: add(posted.get(target.discount.application)?.off ?? zero, off),
        last: made.id,
        discount: target.discount,
      });
      return made;
    });
  });
}

/** What a coupon takes off all that is billed of a period. */
interface Target {
  readonly off: Decimal;
  readonly discount: Discounted;
}

function targetsOf(
  catalog: Catalog,
  subscription: Subscription,
  coupons: readonly AppliedCoupon[],
  cells: Cells,
): Target[] {
  const list = [...cells.values()];
  const { takings } = stackCoupons(
    list.map(({ amount }) => amount),
    coupons.map((each) => ({
      discount: discountBy(each),
      lines: [...list.keys()].filter((index) => isFor(catalog, subscription, each, list[index])),
    })),
  );
  return coupons.map(({ applied, coupon }, index): Target => {
    const taking = takings[index];
    if (taking === undefined) throw new Error("a coupon without what it takes");
    const { percent_off, amount_off } = coupon;
    const { coupon: name, coupon_version, application } = applied;
    const base = toText(cut(taking.base, POSTED_DECIMALS));
    return {
      off: cut(taking.off, POSTED_DECIMALS),
      discount: { coupon: name, coupon_version, application, percent_off, amount_off, base },
    };
  });
}

function discountBy({ coupon: { percent_off, amount_off } }: AppliedCoupon): Discount {
  return percent_off === null
    ? { kind: "fixed", amountOff: decimal(amount_off ?? "0") }
    : { kind: "percent", percentOff: decimal(percent_off) };
}

function isFor(
  catalog: Catalog,
  subscription: Subscription,
  coupon: AppliedCoupon,
  cell: Cell | undefined,
): boolean {
  if (cell === undefined) return false;
  const sold = soldTo(subscription, cell.from, catalog)?.prices ?? [];
  const price = sold.find((each) => priceKey(each) === priceKey(cell));
  return takesFrom(catalog, coupon, { plan: cell.plan, price }, cell.from);
}

/** What is to be posted of a coupon; below zero where it is given up again. */
interface Change {
  readonly off: Decimal;
  readonly target: Target;
}

/**
 * What brings each coupon to what it takes. What is given up comes first; of all together no more is taken than the document's charges
 * come to (`room`), so that no coupon makes one negative: it is taken from what is billed of the period later, or is lost.
 */
function changesOf(
  targets: readonly Target[],
  posted: ReadonlyMap<string, PostedDiscount>,
  charged: Decimal,
): Change[] {
  const applications = new Set(targets.map(({ discount: { application } }) => application));
  const gone = [...posted]
    .filter(([application]) => !applications.has(application))
    .map(([, each]): Target => ({ off: zero, discount: { ...each.discount, base: "0" } }));
  const changes = [...targets, ...gone].map((target): Change => {
    const before = posted.get(target.discount.application)?.off ?? zero;
    return { target, off: sub(target.off, before) };
  });
  const givenUp = changes.filter(({ off }) => isNegative(off));
  let room = max(sub(charged, sum(givenUp.map(({ off }) => off))), zero);
  const taken = changes
    .filter(({ off }) => compare(off, zero) > 0)
    .map(({ target, off }): Change => {
      const within = min(off, room);
      room = sub(room, within);
      return { target, off: within };
    });
  return [...givenUp, ...taken].filter(({ off }) => !isZero(off));
}

/**
 * What comes late changes a coupon by what it changes of its target, whatever was lost before: so the end is the same however
 * much comes at once.
 */
function changesSince(before: readonly Target[], targets: readonly Target[]): Change[] {
  return targets
    .map((target, index): Change => ({ target, off: sub(target.off, before[index]?.off ?? zero) }))
    .filter(({ off }) => !isZero(off));
}

function discount(
  basis: StepBasis,
  charges: readonly Transaction[],
  of: {
    readonly document: OnDocument;
    readonly catalog_offset: number;
    readonly whole: Period;
    readonly off: Decimal;
    readonly target: Target;
  },
  posted: ReadonlyMap<string, PostedDiscount>,
): Transaction {
  const { document, catalog_offset, whole, target } = of;
  const [charge] = charges;
  if (charge === undefined) throw new Error("a discount for no charge");
  const { tenant, currency, evidence: billed } = charge;
  const { customer, subscription, plan, plan_version } = billed;
  const { application, coupon } = target.discount;
  const amount = toText(negate(of.off));
  const evidence: Evidence = {
    ...unrated,
    cut: basis.begun.cut,
    catalog_offset,
    customer,
    subscription,
    contract: null,
    contract_version: null,
    plan,
    plan_version,
    period_from: whole.from,
    period_to: whole.to,
    quantity: "1",
    amount: toText(negate(target.off)),
    shares: [{ dimensions: {}, quantity: "1", amount }],
    in_advance: document === "draft",
    discount: target.discount,
  };
  const ofOther = document === "period" ? undefined : document;
  const cause = discountCause(tenant, subscription, whole.from, application, ofOther);
  const corrected = posted.get(application)?.last ?? charge.adjusts ?? charge.id;
  return {
    ...identified("discount", cause, basis),
    tenant,
    currency,
    postings: owed(customer, accounts.discounts(coupon), negate(of.off)),
    adjusts: document === "late" ? corrected : null,
    evidence,
  };
}

const zero = decimal("0");
