import { compare, decimal, negate, sub, toText } from "@tallybook/money";

import { knownAs, refused } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { CreditApplied, CreditGranted, CreditRefunded } from "./facts.ts";
import { payableBy, settledOtherwise } from "./payments.ts";
import { allotted, creditOf, isKnownBy, nameKey } from "./receivables.ts";
import type { Receivables } from "./receivables.ts";

/** A customer's credit is to be taken off invoices. */
export interface ApplyCredit extends Omit<CreditApplied, "kind" | "settles" | "amount"> {
  readonly order: "apply_credit";
  /** Minor units; null: as much as there is, and is open. */
  readonly amount: string | null;
  /** Ids or numbers, in that order; empty: whatever is open, the oldest first. */
  readonly invoices: readonly string[];
}

/** A customer's credit was paid out. */
export interface RefundCredit extends Omit<CreditRefunded, "kind"> {
  readonly order: "refund_credit";
}

/** Takes credit off invoices: no more than there is, and no more than is open. The same application counts once. */
export function applyCredit(
  known: Receivables,
  { order: _, amount, invoices, ...application }: ApplyCredit,
): Decision<CreditApplied> {
  const before = known.applications.get(nameKey(application.tenant, application.application));
  const same = amount === null ? tellingApart : ([...tellingApart, "amount"] as const);
  const asked = amount === null ? application : { ...application, amount };
  const again = knownAs("application", before, asked, same);
  if (again?.kind === "known")
    return settledOtherwise("application", again.fact.settles, invoices) ?? again;
  if (again !== undefined) return again;
  const meant = payableBy(known, application, invoices);
  if ("kind" in meant) return meant;
  const credit = creditOf(known, application);
  const { customer, currency } = application;
  if (compare(credit, zero) <= 0)
    return refused(
      "conflict",
      "customer",
      `${customer} has no credit in ${currency}: what is paid beyond what is owed, or credited of what is paid, becomes credit.`,
    );
  const wanted = amount === null ? credit : decimal(amount);
  if (compare(wanted, credit) > 0)
    return refused(
      "conflict",
      "amount",
      `${customer} has a credit of ${toText(credit)} ${currency} (minor units): apply that much at most, or leave the amount out.`,
    );
  const { settles, left } = allotted(wanted, meant);
  if (settles.length === 0)
    return refused(
      "conflict",
      "invoices",
      `Nothing is open of ${meant.length === 0 ? customer : meant.map(({ invoice }) => invoice.number).join(", ")}: the credit stays for a later invoice, or is refunded.`,
    );
  if (amount !== null && left !== "0")
    return refused(
      "conflict",
      "amount",
      `Only ${toText(sub(wanted, decimal(left)))} ${currency} (minor units) is open: apply that much at most, or leave the amount out.`,
    );
  const applied = toText(sub(wanted, decimal(left)));
  return { kind: "new", fact: { kind: "CreditApplied", ...application, amount: applied, settles } };
}

const tellingApart = ["customer", "currency"] as const;

/** Pays credit out: no more than there is. The same refund counts once. */
export function refundCredit(
  known: Receivables,
  { order: _, ...refund }: RefundCredit,
): Decision<CreditRefunded> {
  const { tenant, customer, currency, amount } = refund;
  const before = known.refunds.get(nameKey(tenant, refund.refund));
  const again = knownAs("refund", before, refund, [
    ...tellingApart,
    "amount",
    "method",
    "reference",
  ]);
  if (again !== undefined) return again;
  const credit = creditOf(known, refund);
  if (compare(decimal(amount), credit) > 0)
    return refused(
      "conflict",
      "amount",
      `${customer} has a credit of ${toText(credit)} ${currency} (minor units): refund that much at most. A credit note makes credit of what is paid.`,
    );
  return { kind: "new", fact: { kind: "CreditRefunded", ...refund } };
}

/**
 * The credit of invoices that give back more than they ask for, as known at a step of the journal. What was written down behind its time is for
 * a later step, so that who reads the journal again comes to the same.
 */
export function creditsToGrant(
  known: Receivables,
  at: { readonly time: number; readonly step: number },
): CreditGranted[] {
  return [...known.giving].flatMap((receivable) => {
    const { invoice, open } = receivable;
    if (invoice.journal_step > at.step || !isKnownBy(receivable, at.time)) return [];
    const { invoice: id, number, tenant, customer, currency, subscription } = invoice;
    const { plan, plan_version, period_from, period_to } = invoice;
    return [
      {
        kind: "CreditGranted",
        invoice: id,
        number,
        tenant,
        customer,
        currency,
        subscription,
        plan,
        plan_version,
        period_from,
        period_to,
        amount: toText(negate(open)),
        granted_at: at.time,
        journal_step: at.step,
      },
    ];
  });
}

const zero = decimal("0");
