import { canonicalJson } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import type { CatalogDocument } from "../document.ts";
import type { ObjectBody, ObjectRevised } from "../facts.ts";
import type { Faults } from "../faults.ts";
import { customerOf, metersAt, objectsOf, plansOf } from "../lookups.ts";
import type { Asked } from "../plan.ts";
import { recorded, versionOf } from "../plan-versions.ts";
import { checkContracts } from "./check-contracts.ts";
import { checkNumbering } from "./check-numbering.ts";
import { checkSold } from "./check-sold.ts";
import { checkTaxRates } from "./check-tax-rates.ts";
import type { Collection, ObjectDraft, Settling } from "./collection.ts";
import { collectionOf } from "./collections.ts";
import { usualProfile } from "./customer-profiles.ts";
import { type Given, givenIn } from "./given.ts";
import { usualMeterDetails } from "./meter-details.ts";
import { usualDetails } from "./plan-details.ts";
import { draftsIn, wholeBody } from "./read-objects.ts";

/** A version of each object that is new or differs from its latest version. */
export function objectFacts(
  catalog: Catalog,
  document: CatalogDocument,
  asked: Asked,
  faults: Faults,
): ObjectRevised[] {
  const drafts = draftsIn(document).map((draft) => withUnsaid(catalog, draft, asked.tenant));
  const given = givenIn(catalog, document, drafts, asked.tenant);
  const facts = drafts.flatMap((draft): ObjectRevised[] => {
    const { collection, id } = draft;
    const latest = objectsOf(catalog, asked.tenant, collection).get(id)?.at(-1);
    const body = settled(draft, latest, given, { catalog, asked, faults });
    if (isSame(draft, body, latest, unsaid(catalog, draft, asked.tenant))) return [];
    // What is said for the first time of a plan that is there already holds from now on, and not ever since.
    const isLater = latest === undefined && hasHost(catalog, draft, asked.tenant);
    const said = isLater ? { ...draft, effective_at: draft.effective_at ?? asked.now } : draft;
    const version = versionOf(said, latest, asked);
    const head = { kind: "ObjectRevised" as const, ...recorded(asked), ...version };
    return [{ ...head, collection, id, archived: draft.archived ?? false, body }];
  });
  checkContracts(catalog, facts, drafts, asked, faults);
  checkNumbering(catalog, facts, drafts, asked.tenant, faults);
  checkTaxRates(catalog, facts, drafts, asked.tenant, faults);
  checkSold(catalog, document, given, asked.tenant, faults);
  return facts;
}

/** The draft with what it leaves out as it is, where there is anything yet. */
function withUnsaid(catalog: Catalog, draft: ObjectDraft, tenant: string): ObjectDraft {
  const latest = objectsOf(catalog, tenant, draft.collection).get(draft.id)?.at(-1);
  const archived = draft.archived ?? latest?.archived ?? false;
  if (!hasHost(catalog, draft, tenant)) return { ...draft, archived };
  const known =
    latest === undefined
      ? unsaid(catalog, draft, tenant)
      : wholeBody(collectionOf(draft.collection), latest);
  const kept = draft.unsaid
    .filter((field) => field in draft.body)
    .map((field) => [field, known?.[field] ?? null] as const);
  return { ...draft, archived, body: { ...draft.body, ...Object.fromEntries(kept) } };
}

function settled(
  draft: ObjectDraft,
  latest: ObjectRevised | undefined,
  given: Given,
  { catalog, asked, faults }: { catalog: Catalog; asked: Asked; faults: Faults },
): ObjectBody {
  const { id, body, at } = draft;
  const collection = collectionOf(draft.collection);
  const fault = (field: string, reason: string, detail: string) =>
    faults.add(`${at}.${field}`, reason, detail);
  checkReferences(collection, { body, before: latest?.body }, given, fault);
  const isNew = latest === undefined && !hasHost(catalog, draft, asked.tenant);
  const before = latest?.body;
  const settling: Settling = { id, given, before, isNew, now: asked.now, fault, at, faults };
  return collection.settle?.(body, settling) ?? body;
}

function checkReferences(
  collection: Collection,
  { body, before }: { readonly body: ObjectBody; readonly before: ObjectBody | undefined },
  given: Given,
  fault: Settling["fault"],
): void {
  const kept = before === undefined ? [] : collection.references(before);
  for (const { field, collection: name, id } of collection.references(body)) {
    const noun = nouns[name] ?? collectionOf(name).idField.replaceAll("_", " ");
    switch (given.state(name, id)) {
      case "there":
        break;
      case "archived":
        // What it referred to before, it may go on with.
        if (kept.some((each) => each.collection === name && each.id === id)) break;
        fault(
          field,
          "archived",
          `${noun} ${id} is archived: take another, or apply it again first`,
        );
        break;
      case "unknown": {
        const detail = `there is no ${noun} ${id}: make it first or in the same document`;
        fault(field, `unknown_${noun.replaceAll(" ", "_")}`, detail);
      }
    }
  }
}

const nouns: Readonly<Record<string, string>> = { meters: "meter", plans: "plan" };

/** The latest version says the same, and the document asks for no other time. */
function isSame(
  { collection, effective_at, archived }: ObjectDraft,
  body: ObjectBody,
  latest: ObjectRevised | undefined,
  unsaid: ObjectBody | undefined,
): boolean {
  // A version of before a field was there says what goes without saying of it.
  const known = latest === undefined ? unsaid : wholeBody(collectionOf(collection), latest);
  if (known === undefined || archived !== (latest?.archived ?? false)) return false;
  if (bodyText(body) !== bodyText(known)) return false;
  // The time that a plan gives is that of its prices.
  const isHosted = collectionOf(collection).within !== null;
  return isHosted || effective_at === null || effective_at === latest?.effective_at;
}

/** What there is no need to write down of a meter, a plan or a customer that nobody has said more of. */
function unsaid(
  catalog: Catalog,
  { collection, id, body }: ObjectDraft,
  tenant: string,
): ObjectBody | undefined {
  if (collection === "meter_details") return usualMeterDetails;
  if (collection === "plan_details") return usualDetails;
  if (collection !== "customers") return undefined;
  const named = customerOf(catalog, tenant, id) ?? (body as { readonly name: string });
  return usualProfile(named.name);
}

function hasHost(catalog: Catalog, { collection, id }: ObjectDraft, tenant: string): boolean {
  if (collection === "customers") return customerOf(catalog, tenant, id) !== undefined;
  if (collection === "meter_details") return metersAt(catalog, tenant).has(id);
  return collection === "plan_details" && plansOf(catalog, tenant).has(id);
}

function bodyText(body: ObjectBody): string {
  return canonicalJson(body);
}
