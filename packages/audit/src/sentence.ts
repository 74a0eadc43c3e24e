import type { InvoiceLine } from "@tallybook/invoice";
import type { Transaction } from "@tallybook/journal";
import { currency as currencyOf, decimal, minorText, sub, toText } from "@tallybook/money";
import type { Currency } from "@tallybook/money";
import { explainedText } from "@tallybook/pricing";

/**
 * How a line's amount came about: tiers passed, units in each, the version of the plan that rated it, the part of the line, and
 * what rounding to the minor unit added or took.
 */
export function sentenceOf(
  { evidence }: Pick<Transaction, "evidence">,
  { exact, amount, transaction_kind }: InvoiceLine,
  code: string,
): string {
  const { explanation } = evidence;
  const billed = minorText(amount, currencyNamed(code));
  const residue = toText(sub(decimal(billed), decimal(exact)));
  return [
    ...(explanation === null ? [] : [explainedText(explanation, code)]),
    ...(evidence.price === null
      ? [`${evidence.amount} ${code}, as somebody ordered it`]
      : [
          `in all ${evidence.amount} ${code} by version ${evidence.plan_version} of plan ${evidence.plan}`,
          transaction_kind === "adjustment"
            ? `${exact} of it more than was posted before, for this line`
            : `${exact} of it for this line`,
        ]),
    `${billed} on the invoice${residue === "0" ? "" : `, of which rounding is ${residue}`}.`,
  ].join("; ");
}

/** The currency of an invoice. */
export function currencyNamed(code: string): Currency {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`${code} is no currency`);
  return currency;
}
