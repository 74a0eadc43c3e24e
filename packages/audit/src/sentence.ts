import type { InvoiceLine } from "@tallybook/invoice";
import type { Transaction, WrittenOff } from "@tallybook/journal";
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

/** Of the line that says what of late usage is not asked for, or is after all. */
export function writtenOffSentence(
  { late, below, policy_version, reason }: WrittenOff,
  { exact, amount }: InvoiceLine,
  code: string,
): string {
  const limit = below === null ? "nothing is written off" : `what is below ${below} is written off`;
  return [
    `late usage has made the charge dearer by ${late} ${code} in all`,
    `by version ${policy_version} of the tenant's policy ${limit}: ${reason}`,
    `${exact} for this line`,
    `${minorText(amount, currencyNamed(code))} on the invoice.`,
  ].join("; ");
}

/** The currency of an invoice. */
export function currencyNamed(code: string): Currency {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`${code} is no currency`);
  return currency;
}
