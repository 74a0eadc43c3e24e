import { isNegative, readQuantity, toText } from "@tallybook/money";
import { Entry } from "../entry.ts";
import type { Faults } from "../faults.ts";
import { faultRepeats } from "../repeats.ts";
import type { Collection, Reference, Settling } from "./collection.ts";
import type { Feature } from "./features.ts";
import { proseIn, textsIn } from "./read-texts.ts";

/** What a plan is besides its prices. */
export type PlanDetails = {
  readonly description: string | null;
  readonly product: string | null;
  /** It is sold beside another plan, never by itself. */
  readonly add_on: boolean;
  readonly entitlements: readonly Entitlement[];
  readonly metadata: Readonly<Record<string, string>>;
};

/** What who takes the plan may do. */
export type Entitlement = {
  readonly feature: string;
  /** boolean: true or false; quantity and metered: a number; custom: a text. */
  readonly value: string | boolean;
  /** metered: what is beyond it is refused; otherwise it is only told. */
  readonly hard: boolean;
};

export const planDetails: Collection<PlanDetails> = {
  collection: "plan_details",
  idField: "plan",
  idRule: "name",
  within: "plans",
  read(entry) {
    const details = {
      description: proseIn(entry, "description"),
      product: entry.textOrNull("product", "name"),
      add_on: entry.flag("add_on"),
      entitlements: entry.list("entitlements", readEntitlement),
      metadata: textsIn(entry, "metadata"),
    };
    const at = entry.path("entitlements");
    faultRepeats(at, details.entitlements, ({ feature }) => feature, "feature", entry.faults);
    return details;
  },
  references: ({ product, entitlements }): Reference[] => [
    ...(product === null ? [] : [{ field: "product", collection: "products", id: product }]),
    ...entitlements.map(({ feature }, index) => ({
      field: `entitlements[${index}].feature`,
      collection: "features",
      id: feature,
    })),
  ],
  settle(details, settling) {
    const entitlements = details.entitlements.map((each, index) => {
      const feature = settling.given.body("features", each.feature) as Feature | undefined;
      return feature === undefined
        ? each
        : settled(each, feature, `entitlements[${index}]`, settling);
    });
    return { ...details, entitlements };
  },
};

/** Of a plan of which nobody has said more than its prices. */
export const usualDetails: PlanDetails = {
  description: null,
  product: null,
  add_on: false,
  entitlements: [],
  metadata: {},
};

function readEntitlement(json: unknown, at: string, faults: Faults): Entitlement {
  const entry = new Entry(json, at, faults);
  const feature = entry.text("feature", "name");
  const entitlement = { feature, value: entry.scalar("value"), hard: entry.flag("hard") };
  entry.end();
  return entitlement;
}

/** The entitlement as its feature has it: a number in the one notation that facts use. */
function settled(
  entitlement: Entitlement,
  { type, values }: Feature,
  at: string,
  { fault }: Pick<Settling, "fault">,
): Entitlement {
  const { feature, value, hard } = entitlement;
  const wrong = (detail: string) => {
    fault(`${at}.value`, "not_of_feature", `feature ${feature} is ${type}: ${detail}`);
    return entitlement;
  };
  if (hard && type !== "metered")
    fault(`${at}.hard`, "not_of_feature", `feature ${feature} is ${type}: nothing counts up to it`);
  if (type === "boolean")
    return typeof value === "boolean" ? entitlement : wrong("it must be true or false");
  if (typeof value === "boolean")
    return wrong(`it must be a ${type === "custom" ? "text" : "number"}`);
  if (type === "custom") {
    if (values.length === 0 || values.includes(value)) return entitlement;
    return wrong(`it must be one of ${values.join(", ")}`);
  }
  const read = readQuantity(value);
  if (!read.ok || isNegative(read.value)) return wrong("it must be a number from 0, such as 4096");
  return { ...entitlement, value: toText(read.value) };
}
