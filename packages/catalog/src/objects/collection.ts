import type { Micros } from "@tallybook/periods";
import type { Entry } from "../entry.ts";
import type { ObjectBody } from "../facts.ts";
import type { Faults } from "../faults.ts";
import type { TextRule } from "../texts.ts";
import type { Given } from "./given.ts";

/** A kind of thing of which the control plane keeps versions as `ObjectRevised`. */
export interface Collection<Body extends ObjectBody = ObjectBody> {
  /** Its name in facts, in documents and, with hyphens, in paths: `tax_rates`. */
  readonly collection: string;
  /** The field of an entry that holds its id: `tax_rate`. */
  readonly idField: string;
  readonly idRule: TextRule;
  /** In whose entries its fields stand; null where it has a section of its own. */
  readonly within: "meters" | "plans" | "customers" | null;
  /** All fields but the id and effective_at, with what goes without saying written out. */
  read(entry: Entry): Body;
  /** What has to be there for it. */
  references(body: Body): readonly Reference[];
  /** What else the catalog says against it, and what it makes of it: the body to keep. */
  settle?(body: Body, settling: Settling): Body;
}

/** A field that names something else. */
export interface Reference {
  /** Within the entry. */
  readonly field: string;
  /** Or `plans`, `customers`, `meters`. */
  readonly collection: string;
  readonly id: string;
}

export interface Settling {
  readonly id: string;
  readonly given: Given;
  /** Of the latest version. */
  readonly before: ObjectBody | undefined;
  /** There is no such thing yet; of a customer or a plan: nor that itself. */
  readonly isNew: boolean;
  /** The deployment's clock. */
  readonly now: Micros;
  /** Notes what is wrong; the field is one of the entry's. */
  fault(field: string, reason: string, detail: string): void;
  /** Where the entry stands. */
  readonly at: string;
  readonly faults: Faults;
}

/** What a document says of an object. */
export interface ObjectDraft {
  readonly collection: string;
  readonly id: string;
  readonly body: ObjectBody;
  /** Null: ever since for the first version, from now on for a later one. */
  readonly effective_at: Micros | null;
  /** Not to be used for anything new; null: as it is. */
  readonly archived: boolean | null;
  /** Fields of the body that stay as they are: what stands there is only for something new. */
  readonly unsaid: readonly string[];
  /** Where it stands: `products[0]`. */
  readonly at: string;
}
