import type { Collection } from "./collection.ts";
import { textsIn } from "./read-texts.ts";

/** How people call a model that usage names by its dimension `model`. Nothing is billed by it. */
export type Model = {
  readonly name: string;
  /** Who runs it; null: nobody said. */
  readonly provider: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export const models: Collection<Model> = {
  collection: "models",
  idField: "model",
  // As events name it, in whatever letters.
  idRule: "id",
  within: null,
  read: (entry) => ({
    name: entry.text("name", "id", entry.text("model", "id")),
    provider: entry.textOrNull("provider", "id"),
    metadata: textsIn(entry, "metadata"),
  }),
  references: () => [],
};
