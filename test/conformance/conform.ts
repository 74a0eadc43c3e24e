import { NotRatable } from "@tallybook/pricing";
import { type ConformanceCase, Refused, systemOf } from "./case.ts";
import { type Difference, differences, shown } from "./compare.ts";
import { familyByKind } from "./registry.ts";
import { type Got, isObject } from "./values.ts";

/** Runs one case; nothing where it agrees. */
export function conform(one: ConformanceCase): readonly Difference[] {
  const family = familyByKind.get(one.kind);
  const adapter = family?.adapters[one.kind];
  if (family === undefined || adapter === undefined) {
    return [{ at: "kind", expected: "a kind that is known", got: one.kind }];
  }
  const wantsRefusal = isObject(one.expect) && "error" in one.expect;
  let got: Got;
  try {
    got = adapter(one.given, { system: systemOf(one) });
  } catch (error) {
    const isRefusal = error instanceof Refused || error instanceof NotRatable;
    if (wantsRefusal && isRefusal) return [];
    return [{ at: "", expected: JSON.stringify(one.expect), got: String(error) }];
  }
  if (wantsRefusal) return [{ at: "", expected: "a refusal", got: shown(got) }];
  return differences(one.expect, got, family.unordered);
}
