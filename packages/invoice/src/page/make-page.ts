import {
  customerFieldsOf,
  customerOf,
  documentSettingsOf,
  entityOf,
  objectsOf,
  tenantOf,
} from "@tallybook/catalog";
import type { BilledPlan, Catalog, ObjectRevised } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { spokenDay, spokenDays, zoneOf } from "../days.ts";
import type { InvoiceFact } from "../facts.ts";
import { roundLines } from "../finalize.ts";
import type { Draft, Priced } from "../finalize.ts";
import { partsOf } from "../parts.ts";
import { customerZone, localDay } from "../terms.ts";
import { verificationCode } from "../verification.ts";
import { wordsIn } from "../words/languages.ts";
import type { Words } from "../words/words.ts";
import { billedBy } from "./billed.ts";
import { groupLines } from "./groups.ts";
import type { Detail, InvoicePage } from "./invoice-page.ts";
import { makeTable } from "./make-table.ts";
import type { Look, Section } from "./make-table.ts";
import { code, name, plainText, time, undirected } from "./phrase.ts";
import type { Phrase } from "./phrase.ts";
import { standingRows } from "./standing-rows.ts";
import type { StandingTo } from "./standing-rows.ts";
import { taxEvidence, taxNumbers } from "./tax-rows.ts";

/** Where an invoice was made. */
export interface MadeAt {
  /** The catalog that its step took: the names and prices of then. */
  readonly catalog: Catalog;
  /** The one that names whoever invoices, where a draft was finalized by a later one. */
  readonly seller?: Catalog;
  readonly cut: number;
  /** Of the journal's head that it was made from: Ed25519. */
  readonly signature: Uint8Array;
}

/**
 * What stands on the invoice, in the customer's language. A draft says so, and has the cents that it would have. `standing`: also what has
 * become of it.
 */
export function makePage(fact: InvoiceFact, madeAt: MadeAt, standing?: StandingTo): InvoicePage {
  const { catalog } = madeAt;
  const invoice =
    fact.kind === "InvoiceFinalized" ? fact : { ...fact, ...roundLines(fact), taxes: [] };
  const { tenant, customer } = invoice;
  const { words, detail } = lookOf(fact, catalog);
  const heading = fact.kind === "InvoiceFinalized" ? words.invoice(fact.number) : words.draft;
  const buyer = customerOf(catalog, tenant, customer)?.name || customer;
  const zone = customerZone(catalog, tenant, customer);
  const rows = standing && standingRows(invoice, standing, { words, zone });
  return {
    language: words.language,
    title: undirected(words.title(heading, buyer)),
    made: formatTime(madeOn(fact)),
    ...sellerOf(fact, madeAt),
    heading,
    details: details(fact, buyer, catalog, words),
    table: makeTable(invoice, sectionsOf(invoice, catalog, words), { words, detail }, rows),
    evidence: evidence(fact, madeAt, words, standing),
  };
}

/** How much of an invoice its customer sees, and in which words, as was said when it was made. */
export function lookOf(fact: InvoiceFact, catalog: Catalog): Look {
  const { detail, language } = documentSettingsOf(catalog, fact.tenant, madeOn(fact));
  const known = customerOf(catalog, fact.tenant, fact.customer);
  const own = known && customerFieldsOf(catalog, known, madeOn(fact)).language;
  return { words: wordsIn(own ?? language), detail };
}

/** One section for each subscription; one without a heading where there is but one. */
function sectionsOf(invoice: Priced, catalog: Catalog, words: Words): Section[] {
  if (invoice.parts.length === 0) return [{ heading: null, ...groupLines(invoice, catalog) }];
  let before = 0;
  return invoice.parts.map((part) => {
    const first = before;
    before += part.lines;
    const own = { ...invoice, ...part, lines: invoice.lines.slice(first, before), parts: [] };
    const zone = zoneOf(catalog, invoice.tenant, part.subscription);
    const days = spokenDays(part.period_from, part.period_to, zone, words);
    const terms = [plainText(planPhrase(own, catalog, words)), words.inZone(days, zone)];
    const heading = {
      title: undirected(`${words.subscription} ${part.subscription}`),
      terms: terms.join(" · "),
    };
    return { heading, ...groupLines(own, catalog, first) };
  });
}

/** The plan by its name, with its version and the contract that its prices are of. */
function planPhrase(invoice: Draft, catalog: Catalog, words: Words): Phrase {
  const { plan, plan_version } = invoice;
  const planName = billedBy(invoice, catalog)?.plan.name || plan;
  const contract = contractFor(invoice, catalog);
  return [
    ...words.version(name(planName), plan_version),
    ...(contract === undefined ? [] : contractPhrase(contract, words)),
  ];
}

function details(invoice: InvoiceFact, buyer: string, catalog: Catalog, words: Words): Detail[] {
  const { tenant, customer, parts } = invoice;
  const issued = madeOn(invoice);
  const own = customerZone(catalog, tenant, customer);
  const subscriptions = [...new Set(partsOf(invoice).map(({ subscription }) => subscription))];
  const zones = new Set(subscriptions.map((each) => zoneOf(catalog, tenant, each)));
  const zone = zones.size === 1 ? ([...zones][0] ?? own) : own;
  const days = spokenDays(invoice.period_from, invoice.period_to, zone, words);
  const stances = partsOf(invoice).flatMap((part) =>
    stanceOf(contractFor({ ...invoice, ...part, lines: [], parts: [] }, catalog), words),
  );
  const plan: Detail[] =
    parts.length > 0 ? [] : [{ term: words.plan, text: planPhrase(invoice, catalog, words) }];
  return [
    { term: words.customer, text: buyerPhrase(buyer, customer) },
    ...plan,
    ...new Map(stances.map((stance) => [plainText(stance.text), stance])).values(),
    {
      term: words.subscription,
      text: subscriptions.flatMap((each, at) => [...(at === 0 ? [] : [", "]), name(each)]),
    },
    { term: words.period, text: [words.inZone(days, zone)] },
    {
      term: invoice.kind === "InvoiceFinalized" ? words.issued : words.drafted,
      text: [time(formatTime(issued), spokenDay(issued, own, words))],
    },
    ...dueDetail(invoice, own, words),
    ...taxNumbers(invoice, words),
  ];
}

/** By when it is to be paid, and how many days that is; nothing where nobody has said. */
function dueDetail(invoice: InvoiceFact, zone: string, words: Words): Detail[] {
  if (invoice.kind !== "InvoiceFinalized" || invoice.due_at === null) return [];
  const { due_at, finalized_at } = invoice;
  const days = localDay(due_at, zone) - localDay(finalized_at, zone);
  const text = words.dueDay(spokenDay(due_at, zone, words), days);
  return [{ term: words.due, text: [time(formatTime(due_at), text)] }];
}

/** A name, and the id where it is another text. */
export function buyerPhrase(buyer: string, customer: string): Phrase {
  return buyer === customer ? [name(buyer)] : [name(buyer), " (", name(customer), ")"];
}

/** Who invoices, as the catalog of then says it. */
export function sellerOf(
  invoice: InvoiceFact,
  { catalog, seller = catalog }: Pick<MadeAt, "catalog" | "seller">,
): Pick<InvoicePage, "seller" | "address"> {
  const { tenant } = invoice;
  const entity = invoice.kind === "InvoiceFinalized" ? invoice.entity : null;
  const fields = entity === null ? undefined : entityOf(seller, tenant, entity)?.fields;
  const named = fields?.name ?? (tenantOf(seller, tenant)?.name || tenant);
  return { seller: named, address: fields?.address ?? [] };
}

function contractFor(invoice: Draft, catalog: Catalog): ObjectRevised | undefined {
  const billed = billedBy(invoice, catalog);
  return billed === undefined ? undefined : contractOf(invoice.tenant, billed, catalog);
}

/** The version of the contract that its prices are of; undefined without one. */
function contractOf(
  tenant: string,
  { contract, contract_version }: BilledPlan,
  catalog: Catalog,
): ObjectRevised | undefined {
  if (contract === null) return undefined;
  const versions = objectsOf(catalog, tenant, "contracts").get(contract) ?? [];
  return versions.find(({ version }) => version === contract_version);
}

function contractPhrase({ id, version, body }: ObjectRevised, words: Words): Phrase {
  const { signed_on: signed } = body;
  const [year = "", month = "", day = ""] = typeof signed === "string" ? signed.split("-") : [];
  const on = typeof signed === "string" ? words.day({ year, month, day }) : undefined;
  return words.underContract(name(id), version, on);
}

/** Whether what providers charge is in the prices or passed on; nothing where the contract does not say. */
function stanceOf(contract: ObjectRevised | undefined, words: Words): Detail[] {
  const { stance } = contract?.body ?? {};
  if (stance !== "pass_through" && stance !== "bundled") return [];
  const text = stance === "bundled" ? words.bundled : words.passThrough;
  return [{ term: words.providerCosts, text: [text] }];
}

function madeOn(invoice: InvoiceFact): Micros {
  return invoice.kind === "InvoiceFinalized" ? invoice.finalized_at : invoice.drafted_at;
}

function evidence(
  invoice: InvoiceFact,
  made: Pick<MadeAt, "cut" | "signature">,
  words: Words,
  standing: StandingTo | undefined,
): InvoicePage["evidence"] {
  const known = formatTime(madeOn(invoice));
  const replayed = invoice.kind === "InvoiceFinalized" ? invoice.number : invoice.invoice;
  const verification = verificationCode(invoice);
  return {
    heading: words.evidence,
    intro: words.replayedBy(code(`tally replay ${replayed} LINE`)),
    details: [
      { term: words.invoiceId, text: [code(invoice.invoice)] },
      { term: words.knownAt, text: words.knownAtCut(String(made.cut), time(known)) },
      ...headDetails(invoice, made, words),
      ...taxEvidence(invoice, words),
      ...(standing === undefined
        ? []
        : [{ term: words.standing.knownTo, text: [code(`invoices<${standing.offset}`)] }]),
      {
        term: words.code,
        text: words.checkedBy(code(verification), code(`tally invoices --verify ${verification}`)),
      },
    ],
  };
}

/** The head of the journal that an invoice was made from, as the deployment has signed it. */
export function headDetails(
  { journal_step, journal_hash }: Pick<InvoiceFact, "journal_step" | "journal_hash">,
  { signature }: Pick<MadeAt, "signature">,
  words: Words,
): Detail[] {
  const hash = Buffer.from(journal_hash).toString("hex");
  return [
    { term: words.journal, text: words.journalHead(String(journal_step), code(hash)) },
    { term: words.signature, text: [code(Buffer.from(signature).toString("base64"))] },
  ];
}
