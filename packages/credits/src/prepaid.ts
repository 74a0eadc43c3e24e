import {
  add,
  type Currency,
  decimal,
  type Decimal,
  isNegative,
  isZero,
  min,
  ratioOf,
  roundHalfUp,
  sub,
} from "@tallybook/money";

/** A line of an invoice that prepaid money may pay. */
export interface PrepaidLine {
  /** What is due after discounts; at zero or below nothing is paid. */
  readonly due: Decimal;
  /** Paid by prepaid money before; at most `due` is paid in all. */
  readonly applied: Decimal;
  readonly kind: "usage" | "fixed";
}

/** Prepaid money, in the order in which it is drawn. */
export interface PrepaidWallet {
  readonly wallet: string;
  readonly balance: Decimal;
}

export interface PrepaidRule {
  /** The lines that prepaid money pays. */
  readonly pays: "usage" | "every_line";
  /** `minor_units`: each draw is rounded half up, never above what there is, and what rounds to nothing stays; `exact`: as it is. */
  readonly draws: "exact" | "minor_units";
  readonly currency: Currency;
}

export interface PrepaidApplied {
  /** In the order of the lines: what is paid now. */
  readonly applied: readonly Decimal[];
  /** Above zero each. */
  readonly debits: ReadonlyMap<string, Decimal>;
}

/** Pays line by line, from the first wallet as far as it goes, then from the next. */
export function applyPrepaid(
  lines: readonly PrepaidLine[],
  wallets: readonly PrepaidWallet[],
  rule: PrepaidRule,
): PrepaidApplied {
  const left = wallets.map(({ wallet, balance }) => ({ wallet, balance }));
  const applied = lines.map(({ due, applied: before, kind }) => {
    if (rule.pays === "usage" && kind !== "usage") return zero;
    return drawn(left, sub(due, before), rule);
  });
  const debits = wallets.flatMap(({ wallet, balance }, index) => {
    const debit = sub(balance, left[index]?.balance ?? balance);
    return isZero(debit) ? [] : [[wallet, debit] as const];
  });
  return { applied, debits: new Map(debits) };
}

/** What the wallets give of the amount; their balances go down. */
function drawn(
  left: { wallet: string; balance: Decimal }[],
  wanted: Decimal,
  rule: PrepaidRule,
): Decimal {
  let paid = zero;
  for (const each of left) {
    const open = sub(wanted, paid);
    if (isNegative(open) || isZero(open)) break;
    const draw = drawOf(min(each.balance, open), rule);
    each.balance = sub(each.balance, draw);
    paid = add(paid, draw);
  }
  return paid;
}

function drawOf(available: Decimal, { draws, currency }: PrepaidRule): Decimal {
  if (isNegative(available)) return zero;
  if (draws === "exact") return available;
  return min(roundHalfUp(ratioOf(available), currency.digits), available);
}

/** One invoice paid from one balance. */
export interface PrepaidDraw {
  readonly applied: Decimal;
  /** What is still to pay. */
  readonly left: Decimal;
  readonly balance: Decimal;
}

/** Pays an invoice's total, never more than there is, and nothing of a total at or below zero. */
export function drawPrepaid(total: Decimal, balance: Decimal): PrepaidDraw {
  const isOwed = !isNegative(total) && !isNegative(balance);
  const applied = isOwed ? min(total, balance) : zero;
  return { applied, left: sub(total, applied), balance: sub(balance, applied) };
}

const zero = decimal("0");
