import {
  planDetailsOf,
  plansOf,
  priceDocument,
  type Catalog,
  type PlanPublished,
  type Subscription,
} from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Plain } from "../body.ts";
import { planned } from "../orders/apply.ts";
import type { Decided, Order } from "../orders/order.ts";
import { objectMade } from "./objects.ts";
import { detailsOf } from "./plans.ts";
import { skuField, type ChargeFields, type PricingModel } from "./sku-charge.ts";
import { meterFor, type Measured, type MeterFound } from "./sku-meter.ts";

export interface SkuDraft {
  readonly plan_id: string;
  readonly name: string;
  readonly pricing_model: PricingModel;
  readonly currency: string;
  /** Null: it is a fee. */
  readonly measured: Measured | null;
  readonly charge: ChargeFields;
  /** What the charge was read from, as it was written. */
  readonly written: { readonly [field: string]: Plain };
}

/**
 * A SKU is one more price of its plan: the plan gets a further version with it, and a meter is published where none measures that
 * yet. A plan that nobody has taken has had it ever since; on any other it holds from the next billing period on.
 */
export function createSku(id: string, draft: SkuDraft): Order {
  return (catalog, asked) => {
    const { tenant } = asked;
    const latest = plansOf(catalog, tenant).get(draft.plan_id)?.at(-1);
    const plan = planBefore(catalog, tenant, draft.plan_id);
    if (plan === undefined) return noPlan(draft.plan_id);
    const meter = draft.measured && meterFor(catalog, tenant, draft.measured);
    const other = latest?.prices.find((price) => meter !== null && price.meter === meter.meter);
    if (other !== undefined) return measuredTwice(draft, other.price);
    const document = {
      meters: meter?.kind === "new" ? [meter.document] : [],
      plans: [
        {
          ...plan,
          plan: draft.plan_id,
          currency: draft.currency,
          prices: [...pricesOf(latest), priceOf(id, draft, meter)],
          effective_at: isTaken(catalog, tenant, draft.plan_id) ? null : everSince,
        },
      ],
    };
    const decided = planned(document, catalog, asked, "");
    if (decided.kind !== "facts") return inSkuWords(decided);
    const { measured, charge: _, written, ...own } = draft;
    const body = {
      ...own,
      meter_event_type: measured?.event_type ?? null,
      meter_property: measured?.property ?? null,
      meter_id: meter?.meter ?? null,
      ...written,
    };
    return { kind: "facts", facts: [...decided.facts, objectMade("typed_skus", id, body, asked)] };
  };
}

/** What a plan is besides its prices, before or as its first version says. */
function planBefore(catalog: Catalog, tenant: string, plan: string): PlanFields | undefined {
  const latest = plansOf(catalog, tenant).get(plan)?.at(-1);
  if (latest !== undefined)
    return documentOf({ name: latest.name, ...planDetailsOf(catalog, latest) }) as PlanFields;
  const details = detailsOf(catalog, tenant, plan);
  if (details === undefined) return undefined;
  const { name, description, product_id: product } = details;
  return { name, description, product };
}

type PlanFields = { readonly [field: string]: Plain };

function priceOf(id: string, { name, charge }: SkuDraft, meter: MeterFound | null): Plain {
  const price = { price: id, description: name, ...charge };
  return meter === null ? price : { ...price, meter: meter.meter };
}

function pricesOf(latest: PlanPublished | undefined): readonly Plain[] {
  return (latest?.prices ?? []).map((price) => documentOf(priceDocument(price)));
}

/** As it stands in a document, whose numbers are texts. */
function documentOf(value: object): Plain {
  const text = JSON.stringify(value, (_name, member: unknown) =>
    typeof member === "number" ? String(member) : member,
  );
  return JSON.parse(text) as Plain;
}

function isTaken(catalog: Catalog, tenant: string, plan: string): boolean {
  const all = catalog.tenants.get(tenant)?.subscriptions.values() ?? [];
  const plansOn = ({ terms }: Subscription) =>
    terms.flatMap((each) => [each.plan, ...each.add_ons.map((addOn) => addOn.plan)]);
  return [...all].some((subscription) => plansOn(subscription).includes(plan));
}

function noPlan(plan: string): Decided {
  const detail = `there is no plan ${plan}: make it first with POST /admin/v1/catalog/plans`;
  return { kind: "faulty", faults: [{ field: "plan_id", reason: "unknown_plan", detail }] };
}

function measuredTwice({ measured }: SkuDraft, other: string): Decided {
  const field = measured?.property === null ? "meter_event_type" : "meter_property";
  const detail = `SKU ${other} of the plan is over it already: leave one of the two out, or use another plan`;
  return { kind: "faulty", faults: [{ field, reason: "priced_twice", detail }] };
}

/** What is wrong with the document, said of the SKU it was made from. */
function inSkuWords(decided: Decided): Decided {
  if (decided.kind !== "faulty") return decided;
  const faults = decided.faults.map((fault) => ({ ...fault, field: fieldOf(fault.field) }));
  return { kind: "faulty", faults };
}

function fieldOf(field: string): string {
  if (field.startsWith("meters[0]"))
    return field.endsWith("value_property") ? "meter_property" : "meter_event_type";
  const own = field.replace(/^plans\[0\](\.prices\[\d+\])?\.?/, "");
  const named = { plan: "plan_id", price: "name", description: "name", model: "pricing_model" };
  return Object.hasOwn(named, own) ? named[own as keyof typeof named] : skuField(own);
}

const everSince = formatTime(0);
