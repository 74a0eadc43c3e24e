import {
  cut,
  type Decimal,
  mul,
  ratio,
  type Ratio,
  ratioOf,
  roundRatio,
  type RoundingMode,
  sub,
} from "@tallybook/money";

/** Metered units into billable ones. */
export interface UnitConversion {
  readonly operation: "divide" | "multiply";
  /** Above zero. */
  readonly factor: Decimal;
  readonly rounding: RoundingMode | "none";
  /** What it is rounded to; a negative number rounds to tens, hundreds and so on. */
  readonly decimals: number;
}

/** A conversion that does not leave fractions of seconds: what bulk prices need. */
export type BulkConversion = UnitConversion;

/** The billable quantity. One that `none` leaves with an endless fraction is cut at 24 decimals. */
export function convertUnits(conversion: UnitConversion, quantity: Decimal): Decimal {
  const exact = converted(conversion, quantity);
  if (conversion.rounding === "none") return cut(exact, unroundedDecimals);
  return roundRatio(exact, conversion.decimals, conversion.rounding);
}

/**
 * The billable quantity of a piece of a period. `of_period`: rounding is that of the period so far, so that the pieces add
 * up to the period however it is cut; `of_piece`: each piece is rounded on its own.
 */
export function convertPiece(
  conversion: UnitConversion,
  piece: { readonly before: Decimal; readonly quantity: Decimal; readonly until: Decimal },
  rounding: "of_period" | "of_piece",
): Decimal {
  if (rounding === "of_piece") return convertUnits(conversion, piece.quantity);
  return sub(convertUnits(conversion, piece.until), convertUnits(conversion, piece.before));
}

function converted({ operation, factor }: UnitConversion, quantity: Decimal): Ratio {
  return operation === "divide" ? ratio(quantity, factor) : ratioOf(mul(quantity, factor));
}

/** A meter's quantity to a number of decimals, before it is priced. */
export function roundUnits(quantity: Decimal, mode: RoundingMode, decimals: number): Decimal {
  return roundRatio(ratioOf(quantity), decimals, mode);
}

const unroundedDecimals = 24;
