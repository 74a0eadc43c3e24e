import type { Price } from "@tallybook/catalog";
import { combinationKey } from "@tallybook/pricing";
import type { Explained, MatrixSpec } from "@tallybook/pricing";

import type { Transaction } from "./canonical.ts";
import type { Evidence, RatedRow, RatedTier } from "./facts.ts";

/**
 * A transaction as it was posted before evidence had an explanation: the tiers of its quantity, or the rows of a matrix of unit
 * prices. A rating of today is compared with an older one in the form of that one.
 */
export function inOlderForm(transaction: Transaction, { charge }: Price): Transaction {
  const { explanation } = transaction.evidence;
  const evidence: Evidence = {
    ...transaction.evidence,
    tiers:
      explanation?.of === "quantity" && charge.model !== "flat" ? tiersOf(explanation.steps) : [],
    rows:
      explanation?.of === "combinations" && charge.model === "matrix"
        ? explanation.rows.map((row) => rowOf(row, charge))
        : [],
    explanation: null,
  };
  return { ...transaction, evidence };
}

function tiersOf(steps: Extract<Explained, { of: "quantity" }>["steps"]): RatedTier[] {
  return steps.map(({ from, up_to, quantity, unit_amount, flat_amount, amount }) => ({
    from,
    up_to,
    quantity,
    unit_amount: unit_amount ?? "0",
    flat_amount: flat_amount ?? "0",
    amount,
  }));
}

function rowOf(
  { dimensions, is_default, charge }: Extract<Explained, { of: "combinations" }>["rows"][number],
  matrix: MatrixSpec,
): RatedRow {
  const key = combinationKey(matrix, dimensions);
  const own = matrix.rows.find((row) => combinationKey(matrix, row.dimensions) === key);
  const spec = is_default ? matrix.default_row : (own?.charge ?? null);
  const { unit_amount, per } = spec?.model === "per_unit" ? spec : { unit_amount: "0", per: "1" };
  const quantity = charge.of === "quantity" ? charge.quantity : "0";
  return { dimensions, is_default, quantity, unit_amount, per, amount: charge.amount };
}
