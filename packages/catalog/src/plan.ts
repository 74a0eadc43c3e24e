import type { Micros } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import type { Catalog } from "./catalog.ts";
import type { CatalogDocument } from "./document.ts";
import type { CatalogFact } from "./facts.ts";
import { Faults } from "./faults.ts";
import { meterFacts } from "./meter-versions.ts";
import { faultClaimedTwice } from "./claims.ts";
import { faultClosedPlans } from "./closed-periods.ts";
import { objectFacts } from "./objects/plan-objects.ts";
import { customerFacts, knownCustomers, subscriptionFacts } from "./plan-customers.ts";
import { fillFacts } from "./plan-fills.ts";
import { planFacts } from "./plan-versions.ts";

/** Who asks, for whom, and when. */
export interface Asked {
  /** The deployment's clock. */
  readonly now: Micros;
  /** Id of the API key. */
  readonly actor: string;
  readonly tenant: string;
}

export type Planned =
  | { readonly ok: true; readonly facts: readonly CatalogFact[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * The facts that bring a catalog to what the document asks, in the order to append them. None for
 * what is so already: the same document a second time changes nothing. What the document leaves
 * out stays. Refused are references to nothing and changes of what cannot change.
 */
export function plan(catalog: Catalog, written: CatalogDocument, asked: Asked): Planned {
  const faults = new Faults();
  const document = { ...written, customers: knownCustomers(catalog, written, asked) };
  const meters = meterFacts(catalog, document, asked, faults);
  const plans = planFacts(catalog, document, asked, faults);
  const facts = [
    ...meters,
    ...fillFacts(catalog, document, meters, asked, faults),
    ...plans,
    ...customerFacts(catalog, document, asked, faults),
    ...objectFacts(catalog, document, asked, faults),
    ...subscriptionFacts(catalog, document, asked, faults),
  ];
  faultClosedPlans(catalog, document, plans, asked, faults);
  faultClaimedTwice(catalog, document, asked, { meters, plans }, faults);
  const list = faults.list();
  return list.length === 0 ? { ok: true, facts } : { ok: false, faults: list };
}
