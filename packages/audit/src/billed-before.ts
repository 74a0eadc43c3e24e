import type { Columns } from "@tallybook/columns";
import { earlierUsage, isApart, rateStep } from "@tallybook/journal";
import type {
  BilledPrice,
  JournalFact,
  Ledger,
  RatedPeriod,
  StepBegun,
  TransactionPosted,
} from "@tallybook/journal";
import { decimal, sum } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { RatedBasis } from "./rated.ts";
import { ratingThen } from "./rated-again.ts";
import type { Sheet } from "./sheet.ts";

/**
 * Periods that are not rated yet, and of which usage was billed before their end: what was posted of it is what the usage that was
 * known then comes to, or nothing where it was taken back. What is billed of a period that is rated stands with its rating.
 */
export async function compareBilledBefore(
  basis: RatedBasis,
  journal: readonly JournalFact[],
  columns: Pick<Columns, "readUsage">,
  sheet: Sheet,
): Promise<void> {
  const lastBills = lastBillsOf(journal);
  const begunByStep = new Map(
    journal.flatMap((fact) => (fact.kind === "StepBegun" ? [[fact.step, fact] as const] : [])),
  );
  for (const period of [...basis.ledger.inAdvance.values()].flat()) {
    const { tenant, subscription, from } = period;
    const amountsByStep = new Map<number, ReadonlyMap<string, Decimal>>();
    for (const billed of period.prices.values()) {
      const last = lastBills.get(placeOf(period, billed));
      if (billed.meter === null || last === undefined) continue;
      let owed = zero;
      if (last.transaction_kind === "usage") {
        const begun = begunByStep.get(last.step);
        if (begun === undefined)
          throw new Error(`the journal has no beginning of step ${last.step}`);
        const amounts =
          amountsByStep.get(last.step) ?? (await amountsAt(basis, begun, last, columns));
        amountsByStep.set(last.step, amounts);
        owed = amounts.get(billed.price) ?? zero;
      }
      sheet.compare(
        {
          tenant,
          meter: billed.meter,
          from,
          name: `usage billed before its period ended = Σ journal, of it: ${last.currency}`,
          what: `subscription ${subscription}, period from ${from}, price ${billed.price}`,
        },
        owed,
        sum([...billed.shares.values()].map(({ amount }) => amount)),
      );
    }
  }
}

/** The last transaction of each price of usage that was billed, or taken back, before its period was over. */
function lastBillsOf(journal: readonly JournalFact[]): Map<string, TransactionPosted> {
  const last = new Map<string, TransactionPosted>();
  for (const fact of journal) {
    if (fact.kind !== "TransactionPosted") continue;
    const { tenant, evidence, transaction_kind: kind } = fact;
    if (!evidence.in_advance || kind === "fee") continue;
    const { subscription, period_from: from, plan, price } = evidence;
    const place = placeOf({ tenant, subscription, from }, { plan, price: price ?? "" });
    // What is taken back is what was billed before the step, which may have billed it anew.
    if (kind === "usage" || last.get(place)?.step !== fact.step) last.set(place, fact);
  }
  return last;
}

function placeOf(
  { tenant, subscription, from }: Pick<RatedPeriod, "tenant" | "subscription" | "from">,
  { plan, price }: Pick<BilledPrice, "plan" | "price">,
): string {
  return JSON.stringify([tenant, subscription, from, plan, price]);
}

/** What a period came to as known at a step, by price. */
async function amountsAt(
  { ledger, catalogAt, opened, fills }: RatedBasis,
  begun: StepBegun,
  bill: TransactionPosted,
  columns: Pick<Columns, "readUsage">,
): Promise<Map<string, Decimal>> {
  const basis = { begun, ledger: ledgerBefore(ledger, bill.seq), catalogAt, opened, fills };
  const catalog = catalogAt(begun.catalog_offset);
  const rating = { ...ratingThen(basis, bill), isInterim: true };
  const { tenant, customer, period } = rating;
  const known = { tenant, cutMax: begun.cut, fills, customers: [customer] };
  const own = await columns.readUsage({
    ...known,
    ...period,
    isApart: (row) => isApart(row, { ...basis, catalog }),
  });
  const earlier = earlierUsage(catalog, tenant, period.from);
  const held = earlier === undefined ? [] : await columns.readUsage({ ...known, ...earlier });
  const { transactions } = rateStep(basis, [rating], [...own, ...held], []);
  return new Map(
    transactions.map(({ evidence }) => [evidence.price ?? "", decimal(evidence.amount)]),
  );
}

/** What was rated before a transaction, with nothing billed in advance: a bill then comes to all that it knows. */
function ledgerBefore(ledger: Ledger, seq: number): Ledger {
  const ratedByCustomer = new Map(
    [...ledger.ratedByCustomer].map(([customer, subscriptions]) => [
      customer,
      subscriptions.map((each) => ({
        ...each,
        periods: each.periods.filter((period) => period.seq < seq),
      })),
    ]),
  );
  return { ...ledger, ratedByCustomer, inAdvance: new Map() };
}

const zero = decimal("0");
