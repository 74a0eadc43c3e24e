import {
  compare,
  type Currency,
  type Decimal,
  max,
  min,
  ratioOf,
  sub,
  sum,
} from "@tallybook/money";
import { roundMoney } from "./round-money.ts";
import { zero } from "./share.ts";

/** A line of an invoice that prepaid money may pay. */
export interface PayableLine {
  readonly type: "usage" | "fixed";
  readonly amount: Decimal;
  /** All of them. */
  readonly discounts: readonly Decimal[];
}

export interface PrepaidWallet {
  readonly wallet: string;
  readonly balance: Decimal;
}

export interface PrepaidUse {
  /** By line, in their order. */
  readonly applied: readonly Decimal[];
  /** By wallet, in their order; wallets that pay nothing are left out. */
  readonly debits: readonly { readonly wallet: string; readonly amount: Decimal }[];
}

/** Prepaid money over an invoice's lines, in the order of the lines and of the wallets, after discounts. */
export function applyPrepaid(
  lines: readonly PayableLine[],
  wallets: readonly PrepaidWallet[],
  pays: "usage_lines" | "all_lines",
  currency: Currency,
): PrepaidUse {
  const left = wallets.map(({ balance }) => max(balance, zero));
  const applied = lines.map((line) => {
    if (pays === "usage_lines" && line.type !== "usage") return zero;
    const payable = roundMoney(ratioOf(sub(line.amount, sum(line.discounts))), currency);
    let open = max(payable, zero);
    for (const [index, balance] of left.entries()) {
      const part = min(balance, open);
      left[index] = sub(balance, part);
      open = sub(open, part);
    }
    return sub(max(payable, zero), open);
  });
  const debits = wallets.map(({ wallet, balance }, index) => ({
    wallet,
    amount: sub(max(balance, zero), left[index] ?? zero),
  }));
  return { applied, debits: debits.filter(({ amount }) => compare(amount, zero) > 0) };
}
