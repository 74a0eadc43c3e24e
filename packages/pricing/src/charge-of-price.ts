import type { Charge } from "./charge.ts";
import type { ChargeSpec } from "./charge-spec.ts";
import { makeCharge } from "./make-charge.ts";
import type { Price } from "./price.ts";
import { NotRatable } from "./share.ts";

/**
 * The charge of a price that was published: made once for each specification, which never changes. Whether its meter counts
 * what it prices was looked at then. Throws NotRatable for one that cannot be right and that nobody should have published.
 */
export function chargeOf({ price, meter, charge: spec }: Price): Charge {
  const known = chargesBySpec.get(spec);
  if (known !== undefined) return known;
  const made = makeCharge(spec, { meter: meter === null ? "none" : "money" });
  if (!made.ok) {
    const faults = made.faults.map(({ field, detail }) => `${field}: ${detail}`);
    throw new NotRatable(`price ${price} cannot be right: ${faults.join("; ")}`);
  }
  chargesBySpec.set(spec, made.charge);
  return made.charge;
}

const chargesBySpec = new WeakMap<ChargeSpec, Charge>();
