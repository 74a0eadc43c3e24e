import { emptyCatalog, plan as planFacts, validateDocument } from "@tallybook/catalog";
import type { Catalog, CatalogDocument, PlanPublished } from "@tallybook/catalog";
import type { Fault } from "@tallybook/pricing";

/** A file that holds no plan to simulate; each fault names its field. */
export class NoPlan extends Error {
  override readonly name = "NoPlan";
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(
      faults.map(({ field, detail }) => (field === "" ? detail : `${field}: ${detail}`)).join("\n"),
    );
    this.faults = faults;
  }
}

/** What takes the place of a plan. */
export interface PlanInstead {
  /** By the name of the plan whose place it takes. */
  readonly plan: PlanPublished;
  /** Its name in the file. */
  readonly by: string;
}

/**
 * The one plan of a document, as its catalog would publish it, in the place of a plan that is there: of its own name unless another is
 * given. Throws `NoPlan`.
 */
export function planInstead(
  json: unknown,
  catalog: Catalog,
  { tenant, instead }: { readonly tenant: string; readonly instead: string | undefined },
): PlanInstead {
  const validated = validateDocument(json);
  if (!validated.ok) throw new NoPlan(validated.faults);
  const { document } = validated;
  const draft = onlyPlan(document);
  const name = instead ?? draft.plan;
  const own = catalog.tenants.get(tenant);
  const replaced = own?.plans.get(name)?.at(-1);
  if (own === undefined || replaced === undefined) {
    const known = [...(own?.plans.keys() ?? [])].join(", ");
    throw refused(
      "plans[0].plan",
      `tenant ${tenant} has no plan ${name}${known === "" ? "" : ` (it has ${known})`}: name one of them, or say whose place it takes with --instead-of`,
    );
  }
  // Published where nothing but the meters is there, it is held to what any new plan is held to.
  const bare = emptyCatalog();
  const meters = { ...bare, tenants: new Map([[tenant, { ...own, plans: new Map() }]]) };
  const planned = planFacts(meters, document, { now: 0, actor: "system", tenant });
  if (!planned.ok) throw new NoPlan(planned.faults);
  const published = planned.facts.find((fact) => fact.kind === "PlanPublished");
  if (published === undefined) throw refused("plans", "the file has no plan");
  if (published.currency !== replaced.currency)
    throw refused(
      "plans[0].currency",
      `plan ${name} is in ${replaced.currency}: bills in ${published.currency} cannot be compared with it`,
    );
  return { plan: { ...published, plan: name, effective_at: 0 }, by: draft.plan };
}

function onlyPlan({ meters, plans, customers, subscriptions, objects }: CatalogDocument) {
  if (meters.length > 0)
    throw refused("meters", "history was measured by the meters that are there: leave them out");
  if (customers.length + subscriptions.length + objects.length > 0)
    throw refused("", "the file may hold one plan and nothing else");
  const [draft, ...others] = plans;
  if (draft === undefined || others.length > 0)
    throw refused("plans", `one plan is simulated at a time, and the file has ${plans.length}`);
  return draft;
}

function refused(field: string, detail: string): NoPlan {
  return new NoPlan([{ field, reason: "not_simulated", detail }]);
}
