import type { Price } from "./price.ts";

/** Whether a price looks at single events, and not only at how much was used in all. */
export function needsEvents({ model }: Pick<Price, "model">): boolean {
  switch (model) {
    case "flat":
    case "per_unit":
    case "graduated":
    case "volume":
    case "package":
    case "matrix":
      return false;
  }
}
