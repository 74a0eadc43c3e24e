import type { Matrix } from "./charge.ts";

/** A value for each dimension of a matrix; empty where events have none. */
export type Dimensions = Readonly<Record<string, string>>;

/** The combination that usage counts in: of its dimensions those that the matrix asks for; empty where it has none. */
export function combinationOf(
  { dimensions: names }: Pick<Matrix<unknown>, "dimensions">,
  dimensions: Dimensions,
): Dimensions {
  return Object.fromEntries(
    names.map((name) => [name, Object.hasOwn(dimensions, name) ? (dimensions[name] ?? "") : ""]),
  );
}

/** One text for each combination of a matrix. */
export function combinationKey(
  { dimensions: names }: Pick<Matrix<unknown>, "dimensions">,
  dimensions: Dimensions,
): string {
  return JSON.stringify(names.map((name) => dimensions[name] ?? ""));
}

/** A combination in words, such as `model large, region (none)`. */
export function combinationText(dimensions: Dimensions): string {
  return Object.keys(dimensions)
    .map((name) => `${name} ${dimensions[name] || "(none)"}`)
    .join(", ");
}
