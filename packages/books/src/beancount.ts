import { dayOf, narration, references } from "./describe.ts";
import { type Dialect, newNames } from "./dialect.ts";
import { beancountPart, plainText } from "./names.ts";

const roots: ReadonlySet<string> = new Set([
  "Assets",
  "Liabilities",
  "Equity",
  "Income",
  "Expenses",
]);

const legal = /^[\p{Lu}\p{Nd}][\p{L}\p{Nd}-]*$/u;

/** Of entries and assertions; what a person could see is far above it. */
const tolerance = "0.000000000001";

/** Before any entry. */
const firstDay = "1970-01-01";

/**
 * Beancount's own dialect. It computes with 28 digits, so amounts of 24 decimals cannot be asserted to the last of them: the
 * tolerance is 1e-12, of an entry as of a balance. An assertion holds at the beginning of its day, before whatever comes later on it.
 */
export const beancount: Dialect = {
  file: "journal.beancount",
  part: beancountPart,
  accountFault(name) {
    const [root = "", ...parts] = name.split(":");
    if (roots.has(root) && parts.length > 0 && parts.every((part) => legal.test(part)))
      return undefined;
    return `beancount's accounts begin with ${[...roots].join(", ")} and go on with parts of letters, digits and hyphens that begin with a capital or a digit; ${name} does not`;
  },
  head(exported) {
    const { tenant, balances, withOpening, dayBefore } = exported;
    const { accounts, currencies } = newNames(exported);
    const held = withOpening ? balances.filter(({ opening }) => opening !== "0") : [];
    return [
      `option "title" "Journal of ${plainText(tenant)}"\n`,
      ...currencies.map(
        (currency) => `option "inferred_tolerance_default" "${currency}:${tolerance}"\n`,
      ),
      ...currencies.map((currency) => `${firstDay} commodity ${currency}\n`),
      ...accounts.map((account) => `${firstDay} open ${account}\n`),
      ...(held.length === 0 || dayBefore === null ? [] : [`\n${dayBefore} * "opening balances"\n`]),
      ...held.map(({ account, opening, currency }) => `  ${account}  ${opening} ${currency}\n`),
    ].join("");
  },
  entry({ transaction, entity, postings }) {
    const lines = [
      `${dayOf(transaction)} * "${narration(transaction)}"`,
      ...references({ transaction, entity }).map(([name, value]) => `  ${name}: "${value}"`),
      ...postings.map(({ account, amount }) => `  ${account}  ${amount} ${transaction.currency}`),
    ];
    return `\n${lines.join("\n")}\n`;
  },
  tail({ dayBalances }) {
    if (dayBalances === null) return "";
    const { day, rows } = dayBalances;
    const lines = rows.map(
      ({ account, closing, currency }) =>
        `${day} balance ${account}  ${closing} ~ ${tolerance} ${currency}\n`,
    );
    return lines.length === 0 ? "" : `\n${lines.join("")}`;
  },
};
