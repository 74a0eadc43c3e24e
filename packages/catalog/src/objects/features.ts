import type { Collection, Reference } from "./collection.ts";
import { proseIn, textListIn, textsIn } from "./read-texts.ts";

/**
 * What a plan can entitle to: boolean (is it there), quantity (how much of it), custom (which of some texts), metered (how much
 * of a meter in a billing period).
 */
export type FeatureType = "boolean" | "quantity" | "custom" | "metered";

export type Feature = {
  readonly name: string;
  readonly description: string | null;
  readonly type: FeatureType;
  /** metered: what is counted. */
  readonly meter: string | null;
  /** custom: what it can be; any text where it is empty. */
  readonly values: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
};

export const features: Collection<Feature> = {
  collection: "features",
  idField: "feature",
  idRule: "name",
  within: null,
  read(entry) {
    const type = entry.oneOf("type", ["boolean", "quantity", "custom", "metered"] as const);
    const feature: Feature = {
      name: entry.text("name", "id", entry.text("feature", "name")),
      description: proseIn(entry, "description"),
      type: type ?? "boolean",
      meter: entry.textOrNull("meter", "name"),
      values: textListIn(entry, "values"),
      metadata: textsIn(entry, "metadata"),
    };
    if (type === "metered" && feature.meter === null)
      entry.fault("meter", "missing", "it is required: what a metered feature counts");
    if (type !== undefined && type !== "metered" && feature.meter !== null)
      entry.fault("meter", "not_of_type", `a ${type} feature counts nothing: leave it out`);
    if (type !== undefined && type !== "custom" && feature.values.length > 0)
      entry.fault("values", "not_of_type", `a ${type} feature has no list of texts: leave it out`);
    return feature;
  },
  references: ({ meter }): Reference[] =>
    meter === null ? [] : [{ field: "meter", collection: "meters", id: meter }],
  settle(body, { before, fault }) {
    const known = (before as Feature | undefined)?.type;
    if (known !== undefined && known !== body.type) {
      const detail = `it is ${known} for good, since plans entitle to it so; make another feature`;
      fault("type", "cannot_change", detail);
    }
    return body;
  },
};
