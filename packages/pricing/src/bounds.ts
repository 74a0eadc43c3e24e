import { maxRatio, minRatio, type Ratio, ratioOf, type Decimal } from "@tallybook/money";

/** The least and the most that a price asks for in a period; null: no bound. */
export interface AmountBounds {
  readonly minimum: Decimal | null;
  readonly maximum: Decimal | null;
}

/** The amount of a whole period within its bounds; where they contradict, the maximum holds. */
export function withinBounds(amount: Ratio, { minimum, maximum }: AmountBounds): Ratio {
  const raised = minimum === null ? amount : maxRatio(amount, ratioOf(minimum));
  return maximum === null ? raised : minRatio(raised, ratioOf(maximum));
}
