import type { AccountBalance } from "./balances.ts";
import { dayOf, narration, referenceNames, references } from "./describe.ts";
import { type Dialect, type Exported, newNames } from "./dialect.ts";
import { ledgerPart } from "./names.ts";

/**
 * What ledger (`--strict --pedantic`) and hledger (`check -s`) read alike: accounts, currencies and tags declared, amounts with their
 * currency behind, and at the end an entry of zeros whose postings assert the balances. The format of a currency has 24 decimals,
 * since hledger compares no more of them than it shows.
 */
export const ledger: Dialect = {
  file: "journal.ledger",
  part: ledgerPart,
  accountFault(name) {
    if (!/ {2}|[\t;"\p{C}]|^[([*!]|^\s|\s$/u.test(name)) return undefined;
    return `ledger cannot read an account ${JSON.stringify(name)}`;
  },
  head(exported) {
    const { tenant, balances, withOpening, dayBefore } = exported;
    const fresh = newNames(exported);
    return [
      `; Journal of ${ledgerPart(tenant)}\n`,
      ...fresh.currencies.map((it) => `commodity ${it}\n    format 1000.${"0".repeat(24)} ${it}\n`),
      ...referenceNames.map((name) => `tag ${name}\n`),
      ...fresh.accounts.map((account) => `account ${account}\n`),
      withOpening && dayBefore !== null ? opening(dayBefore, balances) : "",
    ].join("");
  },
  entry({ transaction, entity, postings }) {
    const { currency } = transaction;
    return text(
      dayOf(transaction),
      narration(transaction),
      references({ transaction, entity }).map(([name, value]) => `; ${name}: ${value}`),
      postings.map(({ account, amount }) => `${account}  ${amount} ${currency}`),
    );
  },
  tail({ balances, lastDay }: Exported) {
    if (lastDay === null) return "";
    const asserted = balances.map(
      ({ account, currency, closing }) => `${account}  0 ${currency} = ${closing} ${currency}`,
    );
    return text(lastDay, "closing balances", [], asserted);
  },
};

function opening(day: string, balances: readonly AccountBalance[]): string {
  const held = balances.filter(({ opening: amount }) => amount !== "0");
  if (held.length === 0) return "";
  const lines = held.map((row) => `${row.account}  ${row.opening} ${row.currency}`);
  return text(day, "opening balances", [], lines);
}

function text(
  day: string,
  what: string,
  notes: readonly string[],
  postings: readonly string[],
): string {
  return `\n${[`${day} * ${what}`, ...[...notes, ...postings].map((line) => `    ${line}`)].join("\n")}\n`;
}
