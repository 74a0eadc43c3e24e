import type { TransactionPosted } from "@tallybook/journal";
import { add, decimal, isNegative, sub, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";

/** An account in one currency over a range of the journal; amounts are exact, in major units. */
export interface AccountBalance {
  readonly account: string;
  /** In whose books; null: in the tenant's own, or in those of several. */
  readonly entity: string | null;
  readonly currency: string;
  /** Before the range; debit positive. */
  readonly opening: DecimalText;
  /** Sum of the range's positive postings. */
  readonly debits: DecimalText;
  /** Sum of the range's negative postings, as a positive number. */
  readonly credits: DecimalText;
  /** opening + debits − credits. */
  readonly closing: DecimalText;
  /** Postings of the range. */
  readonly postings: number;
  /** Postings before the range. */
  readonly earlier: number;
}

/** Sums postings by account, currency and entity. */
export interface Balances {
  add(
    transaction: Pick<TransactionPosted, "currency" | "postings">,
    isBefore: boolean,
    entity?: string | null,
  ): void;
  /** Every account that was ever posted to, in code unit order of account, then currency, then entity. */
  rows(): AccountBalance[];
}

interface Sums {
  readonly account: string;
  readonly entity: string | null;
  readonly currency: string;
  opening: Decimal;
  debits: Decimal;
  credits: Decimal;
  postings: number;
  earlier: number;
}

export function createBalances(): Balances {
  const all = new Map<string, Sums>();

  function sumsOf(account: string, currency: string, entity: string | null): Sums {
    // A control character is in no name of an account: it sorts before whatever goes on.
    const key = `${account}\u0000${currency}\u0000${entity ?? ""}`;
    const known = all.get(key);
    if (known !== undefined) return known;
    const zero = decimal("0");
    const none = { opening: zero, debits: zero, credits: zero, postings: 0, earlier: 0 };
    const sums: Sums = { account, entity, currency, ...none };
    all.set(key, sums);
    return sums;
  }

  return {
    add({ currency, postings }, isBefore, entity = null) {
      for (const posting of postings) {
        const sums = sumsOf(posting.account, currency, entity);
        const amount = decimal(posting.amount);
        if (isBefore) {
          sums.opening = add(sums.opening, amount);
          sums.earlier++;
        } else {
          if (isNegative(amount)) sums.credits = sub(sums.credits, amount);
          else sums.debits = add(sums.debits, amount);
          sums.postings++;
        }
      }
    },
    rows() {
      return [...all]
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([, { opening, debits, credits, ...sums }]) => ({
          ...sums,
          opening: toText(opening),
          debits: toText(debits),
          credits: toText(credits),
          closing: toText(sub(add(opening, debits), credits)),
        }));
    },
  };
}

/** The same balances under other names, in one book: accounts that come to have one name are one. */
export function renamed(
  rows: readonly AccountBalance[],
  nameOf: (account: string, entity: string | null) => string,
): AccountBalance[] {
  const merged = new Map<string, AccountBalance>();
  for (const row of rows) {
    const account = nameOf(row.account, row.entity);
    const key = `${account}\u0000${row.currency}`;
    const known = merged.get(key);
    const alone = { ...row, account, entity: null };
    merged.set(key, known === undefined ? alone : together(known, row));
  }
  return [...merged]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, balance]) => balance);
}

function together(one: AccountBalance, other: AccountBalance): AccountBalance {
  const sum = (field: "opening" | "debits" | "credits" | "closing") =>
    toText(add(decimal(one[field]), decimal(other[field])));
  return {
    account: one.account,
    entity: null,
    currency: one.currency,
    opening: sum("opening"),
    debits: sum("debits"),
    credits: sum("credits"),
    closing: sum("closing"),
    postings: one.postings + other.postings,
    earlier: one.earlier + other.earlier,
  };
}

/** All accounts of a currency together: debits equal credits, and a balanced journal closes at zero. */
export type CurrencyTotal = Pick<
  AccountBalance,
  "currency" | "opening" | "debits" | "credits" | "closing"
>;

/** The rows of each book by themselves, the tenant's own (null) first, then in the order of the entities' names. */
export function byEntity(
  rows: readonly AccountBalance[],
): readonly (readonly [entity: string | null, rows: readonly AccountBalance[]])[] {
  const books = Map.groupBy(rows, ({ entity }) => entity);
  return [...books].toSorted(([one], [other]) => ((one ?? "") < (other ?? "") ? -1 : 1));
}

/** In the order of the currencies' codes. */
export function totalsOf(balances: readonly AccountBalance[]): CurrencyTotal[] {
  const currencies = [...new Set(balances.map(({ currency }) => currency))].toSorted();
  return currencies.map((currency) => {
    const rows = balances.filter((row) => row.currency === currency);
    const sum = (field: "opening" | "debits" | "credits" | "closing") =>
      toText(rows.reduce((total, row) => add(total, decimal(row[field])), decimal("0")));
    return {
      currency,
      opening: sum("opening"),
      debits: sum("debits"),
      credits: sum("credits"),
      closing: sum("closing"),
    };
  });
}
