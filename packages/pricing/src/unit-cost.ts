import { type Decimal, readQuantity } from "@tallybook/money";
import { formatTime, type Micros } from "@tallybook/periods";
import type { CostPlus } from "./charge.ts";
import { NotRatable } from "./share.ts";

/** What the provider charged for a unit of an event, at its time. Throws NotRatable where nobody says. */
export function unitCostOf(
  { unitCost }: Pick<CostPlus, "unitCost">,
  event: { readonly time: Micros; readonly properties: Readonly<Record<string, string>> },
): Decimal {
  switch (unitCost.of) {
    case "property": {
      const { property } = unitCost;
      const read = readQuantity(event.properties[property] ?? "");
      if (read.ok) return read.value;
      throw new NotRatable(
        `an event of ${formatTime(event.time)} has no number in ${property}, which says what the provider charged for a unit`,
      );
    }
    case "prices": {
      const held = unitCost.prices.findLast(({ effectiveAt }) => effectiveAt <= event.time);
      if (held !== undefined) return held.unitCost;
      throw new NotRatable(
        `an event of ${formatTime(event.time)} is before the first of the provider's prices`,
      );
    }
  }
}
