import type { AroundSpec } from "./around-spec.ts";
import type { ChargeSpec } from "./charge-spec.ts";

/** One charge of a plan; amounts in major units of the plan's currency. */
export interface Price {
  readonly price: string;
  /** Null for a flat fee. */
  readonly meter: string | null;
  readonly charge: ChargeSpec;
  readonly description: string;
  /** Null or left out: nothing but the charge. */
  readonly around?: AroundSpec | null;
}
