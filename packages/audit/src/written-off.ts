import { isOrdered, writeOffOf } from "@tallybook/journal";
import type { JournalFact, StepBasis, StepBegun, TransactionPosted } from "@tallybook/journal";
import { add, decimal, isZero, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";

import type { IdentityLists } from "./identity.ts";
import type { Sheet } from "./sheet.ts";

type WrittenOff = IdentityLists["written_off"][number];

/** What late usage has done to a charge of a period so far. */
interface LateCharge {
  adjusted: Decimal;
  writtenOff: Decimal;
  /** On its account. */
  posted: Decimal;
  last: TransactionPosted;
}

/**
 * What of late usage nobody is asked for: by the policies of the tenants, decided again from what was posted before, against its account.
 * Lists the charges of which something is written off.
 */
export function compareWrittenOff(
  { catalogAt }: Pick<StepBasis, "catalogAt">,
  journal: readonly JournalFact[],
  sheet: Sheet,
): WrittenOff[] {
  const charges = new Map<string, LateCharge>();
  let begun: StepBegun | undefined;
  for (const fact of journal) {
    if (fact.kind === "StepBegun") begun = fact;
    if (fact.kind !== "TransactionPosted" || begun === undefined || !isOfLateUsage(fact)) continue;
    const { tenant, currency, evidence } = fact;
    const { subscription, period_from, plan, price } = evidence;
    const key = JSON.stringify([tenant, subscription, period_from, plan, price]);
    const known = charges.get(key) ?? {
      adjusted: zero,
      writtenOff: zero,
      posted: zero,
      last: fact,
    };
    charges.set(key, known);
    const change = sum(evidence.shares.map(({ amount }) => decimal(amount)));
    const again = writeOffOf({ begun, catalogAt }, fact, known, change);
    const off = decimal(again?.amount ?? "0");
    const posted = postedOff(fact);
    if (again !== null || !isZero(posted)) {
      const name = `late usage written off by policy = Σ journal, of its account: ${currency}`;
      const what = `subscription ${subscription}, period from ${formatTime(period_from)}, price ${price}`;
      const place = { tenant, name, from: period_from, what };
      const { meter } = evidence;
      sheet.compare(meter === null ? place : { ...place, meter }, off, posted);
      known.last = fact;
    }
    known.adjusted = add(known.adjusted, change);
    known.writtenOff = add(known.writtenOff, off);
    known.posted = add(known.posted, posted);
  }
  return [...charges.values()].filter(({ posted }) => !isZero(posted)).map(listed);
}

/** What `BilledPrice.adjusted` adds up. */
function isOfLateUsage(posted: TransactionPosted): boolean {
  const { transaction_kind: kind, evidence } = posted;
  return kind === "adjustment" && !isOrdered(posted) && !evidence.in_advance;
}

function postedOff({ postings }: TransactionPosted): Decimal {
  return sum(
    postings
      .filter(({ account }) => account.startsWith("expenses:written-off:"))
      .map(({ amount }) => decimal(amount)),
  );
}

function listed({ posted, last: { tenant, currency, evidence } }: LateCharge): WrittenOff {
  const { subscription, period_from, price, written_off } = evidence;
  return {
    tenant,
    subscription,
    period_from,
    price: price ?? "",
    currency,
    amount: toText(posted),
    reason: written_off?.reason ?? "",
  };
}

const zero = decimal("0");
