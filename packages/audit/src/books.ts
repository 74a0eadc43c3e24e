import type { CatalogFact } from "@tallybook/catalog";
import { takenOf } from "@tallybook/invoice";
import type {
  InvoiceDrafted,
  InvoiceFinalized,
  InvoicesFact,
  TaxCalculated,
} from "@tallybook/invoice";
import { createCatalogHistory } from "@tallybook/journal";
import type { CatalogHistory, HeadSigned, JournalFact, TakenOfInvoices } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { createCutsFold, noCuts, settingsBehind } from "@tallybook/usage";
import type { CutFact, Cuts } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

import type { PlacedSettings } from "./windows.ts";

/** A fact with its place in its topic. */
export interface Placed<Of> {
  readonly offset: number;
  readonly fact: Of;
}

/** The small topics, whole: everything but usage. */
export interface Books {
  readonly history: CatalogHistory;
  readonly settings: readonly PlacedSettings[];
  readonly cuts: Cuts;
  readonly journal: readonly Placed<JournalFact>[];
  readonly invoices: readonly Placed<InvoiceFinalized>[];
  /** What outside calculators have answered, by the answer's id. */
  readonly calculations: ReadonlyMap<string, TaxCalculated>;
  /** Finalized or not. */
  readonly drafts: readonly Placed<InvoiceDrafted>[];
  /** All of `invoices`. */
  readonly written: readonly Placed<InvoicesFact>[];
  /** What the rater takes of `invoices`. */
  readonly taken: readonly Placed<TakenOfInvoices>[];
}

/** Reads the small topics to their ends. The journal first: what it is made from is then there too. */
export async function readBooks(log: Log): Promise<Books> {
  const journal = await readTopic<JournalFact>(log, topics.journal);
  const written = await readTopic<InvoicesFact>(log, topics.invoices);
  const history = createCatalogHistory();
  const catalog = await readTopic<CatalogFact>(log, topics.catalog);
  for (const { fact, offset } of catalog) history.add(fact, offset);
  const settings = placedSettings(catalog);
  const invoices = written.flatMap(({ fact, offset }) =>
    fact.kind === "InvoiceFinalized" ? [{ fact, offset }] : [],
  );
  const drafts = written.flatMap(({ fact, offset }) =>
    fact.kind === "InvoiceDrafted" ? [{ fact, offset }] : [],
  );
  const taken = written.flatMap(({ fact, offset }) => {
    const of = takenOf(fact);
    return of === undefined ? [] : [{ fact: of, offset }];
  });
  const calculations = new Map(
    written.flatMap(({ fact }) =>
      fact.kind === "TaxCalculated" ? [[fact.calculation, fact] as const] : [],
    ),
  );
  const cuts = await readCuts(log);
  return { history, settings, cuts, journal, invoices, calculations, drafts, written, taken };
}

/** What the catalog says about which events are taken, each time with its place. */
export function placedSettings(catalog: readonly Placed<CatalogFact>[]): PlacedSettings[] {
  const settings: PlacedSettings[] = [];
  for (const { fact, offset } of catalog) {
    if (fact.kind !== "SettingsSet" && fact.kind !== "BackfillRequested") continue;
    const known = settings.at(-1)?.settings;
    settings.push({ offset, settings: settingsBehind(known, fact, offset) });
  }
  return settings;
}

/** The journal up to its last head: a step in the making is not compared. */
export function upToHead({ journal }: Books): { head: HeadSigned | null; facts: JournalFact[] } {
  const facts = journal.map(({ fact }) => fact);
  const last = facts.findLastIndex(({ kind }) => kind === "HeadSigned");
  const head = facts[last];
  return { head: head?.kind === "HeadSigned" ? head : null, facts: facts.slice(0, last + 1) };
}

export async function readCuts(log: Log): Promise<Cuts> {
  const evolve = createCutsFold();
  const facts = await readTopic<CutFact>(log, topics.cuts);
  return facts.reduce((state, { fact }) => evolve(state, fact), noCuts);
}

/** A small topic to its end. */
export async function readTopic<Of extends Fact>(log: Log, topic: string): Promise<Placed<Of>[]> {
  const facts: Placed<Of>[] = [];
  for await (const { offset, value } of readAll(log, topic, 0))
    facts.push({ offset, fact: decode(value) as Of });
  return facts;
}
