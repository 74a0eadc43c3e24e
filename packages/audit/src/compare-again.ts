import { askedBy } from "@tallybook/journal";
import type { Parked, RatedStep, Transaction, TransactionPosted } from "@tallybook/journal";
import { toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";

import { compareTransaction, pair } from "./compare-transaction.ts";
import type { Compared } from "./replayed.ts";
import type { RerateCause, RerateDifference } from "./rerated.ts";

/** What a step has posted against what it comes to again, transaction by transaction. */
export function compareAgain(
  posted: readonly TransactionPosted[],
  again: RatedStep,
  inFormOf: (posted: TransactionPosted, again: Transaction) => Transaction,
): RerateDifference[] {
  const againById = new Map(again.transactions.map((each) => [each.id, each]));
  const postedIds = new Set(posted.map(({ id }) => id));
  return [
    ...posted.flatMap((was) => {
      const is = againById.get(was.id);
      return is === undefined ? [notRated(was, again.parked)] : differing(was, inFormOf(was, is));
    }),
    ...again.transactions.filter(({ id }) => !postedIds.has(id)).map(notPosted),
  ];
}

/** What a transaction asks of the customer. Major units. */
export function owedBy({ evidence }: Pick<Transaction, "evidence">): Decimal {
  return askedBy(evidence);
}

/** A transaction that comes out and was never posted. */
export function notPosted(is: Transaction): RerateDifference {
  const compared = compareTransaction({ ...is, ...nowhere }, undefined)
    .filter(({ recomputed }) => recomputed === "-")
    .map((each) => ({ ...each, billed: "-", recomputed: each.billed }));
  return {
    kind: "not_posted",
    ...placeOf(is, null),
    posted: null,
    again: toText(owedBy(is)),
    causes: [],
    reason: null,
    compared,
  };
}

function notRated(was: TransactionPosted, parked: readonly Parked[]): RerateDifference {
  const { tenant, evidence } = was;
  const why = parked.find(
    (each) =>
      each.tenant === tenant &&
      each.subscription === evidence.subscription &&
      each.period_from === evidence.period_from &&
      each.price === evidence.price,
  );
  return {
    kind: "not_rated",
    ...placeOf(was, was.seq),
    posted: toText(owedBy(was)),
    again: null,
    causes: [],
    reason: why?.reason ?? null,
    compared: compareTransaction(was, undefined).filter(({ equal }) => !equal),
  };
}

function differing(was: TransactionPosted, is: Transaction): RerateDifference[] {
  const compared = [...compareTerms(was, is), ...compareTransaction(was, is)].filter(
    ({ equal }) => !equal,
  );
  if (compared.length === 0) return [];
  return [
    {
      kind: "differs",
      ...placeOf(was, was.seq),
      posted: toText(owedBy(was)),
      again: toText(owedBy(is)),
      causes: causesOf(compared),
      reason: null,
      compared,
    },
  ];
}

/** What says by which terms it was billed; the numbers of the price are in the explanation. */
function compareTerms({ evidence: was }: Transaction, { evidence: is }: Transaction): Compared[] {
  const versioned = (name: string | null, version: number | null) =>
    name === null ? "-" : `${name}, version ${version ?? "-"}`;
  const part = ({ numerator, denominator }: NonNullable<typeof was.part>) =>
    `${numerator}/${denominator}`;
  const terms = "terms";
  return [
    pair(terms, "plan", versioned(was.plan, was.plan_version), versioned(is.plan, is.plan_version)),
    pair(
      terms,
      "contract",
      versioned(was.contract, was.contract_version),
      versioned(is.contract, is.contract_version),
    ),
    pair(
      terms,
      "meter",
      versioned(was.meter, was.meter_version),
      versioned(is.meter, is.meter_version),
    ),
    pair(terms, "period to", formatTime(was.period_to), formatTime(is.period_to)),
    pair(
      terms,
      "part of the period",
      was.part === null ? "whole" : part(was.part),
      is.part === null ? "whole" : part(is.part),
    ),
    pair(terms, "covered by a trial", was.covered, is.covered),
  ];
}

/** In the order in which they follow from each other. What follows from something else that differs is no cause of its own. */
function causesOf(compared: readonly Compared[]): RerateCause[] {
  const has = (is: (each: Compared) => boolean) => compared.some(is);
  const isAmount = ({ step, what }: Compared) =>
    what.includes("amount") || step === "posting" || what === "above the cap";
  const isQuantity = ({ what }: Compared) => what.includes("quantity");
  const isTier = ({ billed, recomputed, step }: Compared) =>
    step !== "posting" && (billed === "-" || recomputed === "-");
  const causes: RerateCause[] = [];
  if (has(({ step, what }) => step === "rating" && what.startsWith("quantity")))
    causes.push("quantity");
  if (has(({ step }) => step === "terms")) causes.push("terms");
  if (has((each) => isUnitPrice(each) && !isTier(each))) causes.push("price");
  const isOwnTier = (each: Compared) => isTier(each) || (isQuantity(each) && isInTier(each));
  if (!causes.includes("quantity") && has(isOwnTier)) causes.push("tier");
  if (causes.length === 0 && has(isQuantity)) causes.push("quantity");
  if (causes.length === 0 && has(isAmount)) causes.push("amount");
  return causes.length === 0 ? ["record"] : causes;
}

function isUnitPrice({ what }: Compared): boolean {
  return what === "unit amount" || what === "flat amount" || what === "markup";
}

function isInTier({ step }: Compared): boolean {
  return step.includes("tier ");
}

function placeOf(of: Transaction, seq: number | null) {
  const { tenant, evidence, currency } = of;
  const { customer, subscription, plan, plan_version, price, meter } = evidence;
  const { period_from, period_to } = evidence;
  const transaction = { id: of.id, kind: of.transaction_kind, cut: of.revision, seq };
  const named = { tenant, customer, subscription, plan, plan_version, price, meter };
  return { ...named, period_from, period_to, transaction, currency };
}

/** A place in the journal for what has none. */
const nowhere = {
  kind: "TransactionPosted",
  seq: -1,
  step: -1,
  previous: new Uint8Array(),
  hash: new Uint8Array(),
} as const;
