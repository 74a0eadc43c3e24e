import type { CatalogDocument } from "../document.ts";
import { Entry } from "../entry.ts";
import type { ObjectBody, ObjectRevised } from "../facts.ts";
import { Faults } from "../faults.ts";
import { faultRepeats } from "../repeats.ts";
import type { Collection, ObjectDraft } from "./collection.ts";
import { sections } from "./collections.ts";
import { customerProfiles } from "./customer-profiles.ts";
import { meterDetails, usualMeterDetails } from "./meter-details.ts";
import { planDetails } from "./plan-details.ts";

/** The sections that have a collection of their own, in the order of the collections. */
export function readObjects(root: Entry, faults: Faults): ObjectDraft[] {
  return sections.flatMap((collection) => {
    const name = collection.collection;
    const drafts = root.list(name, (json, at) => readObject(collection, json, at, faults));
    faultRepeats(name, drafts, ({ id }) => id, collection.idField, faults);
    return drafts;
  });
}

export function readObject(
  collection: Collection,
  json: unknown,
  at: string,
  faults: Faults,
): ObjectDraft {
  const entry = new Entry(json, at, faults);
  const draft = {
    collection: collection.collection,
    id: entry.text(collection.idField, collection.idRule),
    body: collection.read(entry),
    effective_at: entry.timeOrNull("effective_at"),
    archived: entry.flag("archived"),
    unsaid: [],
    at,
  };
  entry.end();
  return draft;
}

/** The body of a version with all the fields that its collection has, in their order. */
export function wholeBody(collection: Collection, { id, body }: ObjectRevised): ObjectBody {
  return collection.read(new Entry({ ...body, [collection.idField]: id }, "", new Faults()));
}

/** All objects of a document, also what its meters, plans and customers say besides what they measure, prices and names. */
export function draftsIn({ objects, meters, plans, customers }: CatalogDocument): ObjectDraft[] {
  return [
    ...objects,
    ...meters.map(({ meter, effective_at, archived }, index) => ({
      collection: meterDetails.collection,
      id: meter,
      body: usualMeterDetails,
      effective_at,
      archived,
      unsaid: [],
      at: `meters[${index}]`,
    })),
    ...plans.map(({ plan, details, effective_at, archived }, index) => ({
      collection: planDetails.collection,
      id: plan,
      body: details,
      effective_at,
      archived,
      unsaid: [],
      at: `plans[${index}]`,
    })),
    ...customers.map(({ customer, profile, unsaid, archived }, index) => ({
      collection: customerProfiles.collection,
      id: customer,
      body: profile,
      effective_at: null,
      archived,
      unsaid,
      at: `customers[${index}]`,
    })),
  ];
}
