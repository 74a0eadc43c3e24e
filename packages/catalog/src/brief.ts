import { canonicalJson, type Json } from "@tallybook/usage";
import type { DocumentEntries, DocumentEntry } from "./entries.ts";
import type { PlainJson } from "./facts.ts";
import { Faults } from "./faults.ts";
import { readObject } from "./objects/read-objects.ts";
import { sections } from "./objects/collections.ts";
import { readCustomer, readSubscription } from "./read-customer.ts";
import { readMeter } from "./read-meter.ts";
import { readPlan } from "./read-plan.ts";

/** The same document as people write it: without what goes without saying. */
export function briefDocument(document: DocumentEntries): DocumentEntries {
  const brief = Object.entries(document).map(([section, entries]) => {
    const read = readerOf(section);
    return [
      section,
      entries.map((entry) => (read === undefined ? entry : briefEntry(entry, read))),
    ];
  });
  return Object.fromEntries(brief) as DocumentEntries;
}

type Read = (json: unknown, at: string, faults: Faults) => unknown;

function readerOf(section: string): Read | undefined {
  switch (section) {
    case "meters":
      return readMeter;
    case "plans":
      return readPlan;
    case "customers":
      // Of a customer who is new it makes no difference what is left out.
      return (json, at, faults) => {
        const { unsaid: _, archived, ...draft } = readCustomer(json, at, faults);
        return { ...draft, archived: archived ?? false };
      };
    case "subscriptions":
      return readSubscription;
  }
  const collection = sections.find((each) => each.collection === section);
  return collection && ((json, at, faults) => readObject(collection, json, at, faults));
}

/** Leaves out each field without which the entry is still read as the same. */
function briefEntry(entry: DocumentEntry, read: Read): DocumentEntry {
  const meaning = meaningOf(entry, read);
  const isMeant = (candidate: PlainJson) => meaningOf(candidate, read) === meaning;
  // Most of what can go says nothing: then it takes one reading instead of one for each.
  const saying = Object.fromEntries(Object.entries(entry).filter(([, value]) => !isNothing(value)));
  return pruned(isMeant(saying) ? saying : entry, isMeant) as DocumentEntry;
}

function isNothing(value: PlainJson): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

/** `isMeant`: whether the whole is still the same with that in place of the value. */
function pruned(value: PlainJson, isMeant: (candidate: PlainJson) => boolean): PlainJson {
  if (Array.isArray(value)) {
    const items = [...(value as readonly PlainJson[])];
    for (const [index, item] of items.entries())
      items[index] = pruned(item, (candidate) => isMeant(items.with(index, candidate)));
    return items;
  }
  if (typeof value !== "object" || value === null) return value;
  let left = value as DocumentEntry;
  for (const name of Object.keys(left)) {
    const { [name]: member = null, ...others } = left;
    if (isMeant(others)) left = others;
    else
      left = {
        ...left,
        [name]: pruned(member, (candidate) => isMeant({ ...left, [name]: candidate })),
      };
  }
  return left;
}

/** What a reader makes of an entry; undefined where it finds fault with it. */
function meaningOf(entry: PlainJson, read: Read): string | undefined {
  const faults = new Faults();
  const draft = read(entry, "", faults);
  return faults.list().length === 0 ? canonicalJson(draft as Json) : undefined;
}
