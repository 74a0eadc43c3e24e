/** A numeric case of another billing system, as its file holds it. */
export interface ConformanceCase {
  readonly id: string;
  readonly kind: string;
  readonly given: Given;
  /** What its source asserts; `error` where the input has to be refused. */
  readonly expect: Json;
  /** `owner/repository:path` of the test that it was taken from. */
  readonly source?: string;
}

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

export type Given = Readonly<Record<string, Json>>;

/** The input is one that has to be refused. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** The system that a case is of: it says which conventions its prices mean. */
export type System = "lago" | "openmeter" | "flexprice" | "killbill" | "meteroid" | "other";

export function systemOf({ id, source }: ConformanceCase): System {
  const owner = source?.split(/[/:]/)[1] ?? id.split("/")[0] ?? "";
  const name = owner.replace(/-api$/, "");
  return systems.find((system) => system === name) ?? "other";
}

const systems: readonly System[] = ["lago", "openmeter", "flexprice", "killbill", "meteroid"];
