import type { CatalogFact, LateUsagePolicySet } from "@tallybook/catalog";
import { isOrdered } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { compare, decimal, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { expect } from "vitest";

/**
 * Of each charge the customer is asked for what one big correction would have come to, however many small ones there were: all that
 * came late, or nothing of it where its sum is below what the tenant's policy, the same from the beginning, writes off.
 */
export function expectOneSum(
  posted: readonly TransactionPosted[],
  billed: readonly CatalogFact[],
  seed: number,
): void {
  const charges = Map.groupBy(posted.filter(isOfPrice), ({ tenant, evidence }) =>
    JSON.stringify([
      tenant,
      evidence.subscription,
      evidence.period_from,
      evidence.plan,
      evidence.price,
    ]),
  );
  for (const [charge, own] of charges) {
    const late = own.filter(isLate);
    const [first] = late;
    if (first === undefined) continue;
    const change = changeOf(late);
    const limit = belowOf(billed, first);
    const isSmall = compare(change, zero) > 0 && limit !== null && compare(change, limit) < 0;
    const asked = sum(own.flatMap(owedOf));
    const expected = isSmall ? changeOf(own.filter((each) => !isLate(each))) : changeOf(own);
    expect(toText(asked), `seed ${seed}: ${charge}`).toBe(toText(expected));
    expect(toText(sub(changeOf(own), asked)), `seed ${seed}: ${charge}, written off`).toBe(
      toText(sum(own.flatMap(writtenOffOf))),
    );
  }
}

function belowOf(billed: readonly CatalogFact[], of: TransactionPosted): Decimal | null {
  const policy = billed.find(
    (fact): fact is LateUsagePolicySet =>
      fact.kind === "LateUsagePolicySet" && fact.tenant === of.tenant,
  );
  const below = policy?.write_off_below.find(({ currency }) => currency === of.currency);
  return below === undefined ? null : decimal(below.amount);
}

function isOfPrice(posted: TransactionPosted): boolean {
  const { transaction_kind: kind } = posted;
  return kind === "usage" || kind === "fee" || (kind === "adjustment" && !isOrdered(posted));
}

/** What was billed before the period's end, and is given back, is not late. */
function isLate({ transaction_kind, evidence }: TransactionPosted): boolean {
  return transaction_kind === "adjustment" && !evidence.in_advance;
}

function changeOf(transactions: readonly TransactionPosted[]): Decimal {
  return sum(
    transactions.flatMap(({ evidence }) => evidence.shares.map(({ amount }) => decimal(amount))),
  );
}

function owedOf({ postings }: TransactionPosted): Decimal[] {
  return postings
    .filter(({ account }) => account.startsWith("assets:receivable:"))
    .map(({ amount }) => decimal(amount));
}

function writtenOffOf({ postings }: TransactionPosted): Decimal[] {
  return postings
    .filter(({ account }) => account.startsWith("expenses:written-off:"))
    .map(({ amount }) => decimal(amount));
}

const zero = decimal("0");
