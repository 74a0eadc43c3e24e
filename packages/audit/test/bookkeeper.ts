import { generateKeyPairSync } from "node:crypto";

import type { CatalogFact, Price } from "@tallybook/catalog";
import type { Columns, ColumnsControl } from "@tallybook/columns";
import { draftInvoices, emptyBills, evolveBills, newDrafts } from "@tallybook/invoice";
import {
  committedTail,
  createCatalogHistory,
  emptyLedger,
  evolveLedger,
  feesInAdvance,
  inOlderForm,
  interimRatings,
  isApart,
  joinSteps,
  orderedAdjustments,
  planStep,
  rateStep,
  sealStep,
  signHead,
  tailOf,
  withDiscounts,
} from "@tallybook/journal";
import type { InvoiceToRound, JournalFact, StepBegun, Transaction } from "@tallybook/journal";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import {
  at,
  adjustment,
  billNow,
  customer,
  fee,
  plan,
  settings,
  subscription,
  system,
  tiered,
  usualMeter,
} from "@tallybook/testkit/facts";
import {
  createPartControl,
  cutRoot,
  decide,
  eventRowOf,
  identityKey,
  isOfEvents,
  measure,
  noFills,
  noRoot,
  partDigest,
  rollupKey,
  signBarrier,
  usageRowOf,
} from "@tallybook/usage";
import type { Claim, Meter, UsageRow, Window } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import type { Fact, TopicName } from "@tallybook/wire";

import { cutTimes, offsetAt } from "./cut-times.ts";
import { namesOf, placesOf, stretchesIn } from "./kept.ts";
import type { KeptEvent } from "./kept.ts";
import { backfillsKnown, drawer, eventsOf } from "./reported.ts";

/** Changes a fact before it is written; undefined leaves it out. */
export type Tamper = (fact: Fact, topic: TopicName) => Fact | undefined;

/** What the vendor measures as `tokens`, and what it costs besides the fee. */
export interface Terms {
  readonly meter: Pick<Meter, "aggregation" | "value_property"> & Partial<Meter>;
  readonly price: Partial<Price>;
  /** November for one and from December on for another, in months of UTC, unless given. */
  readonly subscriptions?: readonly CatalogFact[];
  /** Of today unless given: with explanations as evidence, and not with tiers and rows. */
  readonly journal?: "of_today" | "older";
  /** Another meter of the same events, for a composite to be made of. */
  readonly part?: Pick<Meter, "meter" | "aggregation" | "value_property">;
  /** 20 USD in arrears, unless given. */
  readonly monthly?: Price;
  /** Events that come by the backfill `drawer`, by their ids; it is asked for before the cut that closes first. */
  readonly backfilled?: readonly string[];
  /** Subscriptions that somebody asks to bill, before the last cut. */
  readonly billed?: readonly string[];
  /** Adjustments that somebody orders, before the last cut: of a subscription, and what they come to. */
  readonly adjusted?: readonly (readonly [subscription: string, amount: string])[];
}

export interface Office {
  readonly log: MemoryLog;
  readonly columns: Pick<
    Columns,
    "readControls" | "readUsage" | "readNamed" | "readStretches" | "readPlaces"
  >;
  /** The rollups in the columns, to be doctored. */
  readonly rows: UsageRow[];
  /** The events in the columns, likewise. */
  readonly kept: KeptEvent[];
}

const keys = generateKeyPairSync("ed25519");

/**
 * A month of one vendor, kept as the services keep it but by hand: three cuts in one partition, with a repeat, a conflict,
 * refused, unattributed and late usage, and invoices with their rounding. `tamper` sees every fact before it is written.
 */
export async function keepBooks(
  tamper: Tamper = (fact) => fact,
  terms: Terms = usualTerms,
): Promise<Office> {
  const catalogFacts = catalogFactsOf(terms);
  const log = createMemoryLog();
  await log.prepareTopics(Object.values(topics).map((topic) => ({ topic, partitions: 1 })));
  const producer = await log.producer();
  async function write(topic: TopicName, fact: Fact, key: Buffer | null = null): Promise<void> {
    const written = tamper(fact, topic);
    if (written !== undefined)
      await producer.send([{ topic, partition: 0, key, value: encode(written) }]);
  }
  for (const fact of catalogFacts) await write(topics.catalog, fact);
  const public_key = keys.publicKey.export({ type: "spki", format: "der" });
  await write(topics.cuts, {
    kind: "DeploymentMade",
    generation: 1,
    partitions: 1,
    public_key,
    made_at: 0,
  });
  const usage = await keepUsage(write, catalogFacts, terms);
  await keepJournal(write, usage.columns, catalogFacts, terms.journal ?? "of_today");
  return { log, ...usage };
}

type Write = (topic: TopicName, fact: Fact, key?: Buffer | null) => Promise<void>;

async function keepUsage(
  write: Write,
  catalogFacts: readonly CatalogFact[],
  { meter, backfilled = [] }: Terms,
): Promise<Omit<Office, "log">> {
  const isApart = isOfEvents(meter);
  const claims = new Map<string, Claim>();
  const controls: ColumnsControl[] = [];
  const rows: UsageRow[] = [];
  const singles: UsageRow[] = [];
  const kept: KeptEvent[] = [];
  let root = noRoot;
  let offset = 0;
  let window: Window | undefined;
  for (const [cut, events] of eventsOf(backfilled).entries()) {
    const time = cutTimes[cut] ?? 0;
    const control = createPartControl();
    for (const reported of events) {
      const key = identityKey(reported.tenant, reported.source, reported.id);
      await write(topics.usageRaw, reported, key);
      const record = {
        offset,
        appended_at: 0,
        key,
        fact: reported,
        detail: "",
        bytes: encode(reported),
      };
      const claimOf = (identity: Uint8Array) => claims.get(Buffer.from(identity).toString("hex"));
      const decision = decide(
        record,
        { partition: 0, partitions: 1, window },
        claimOf,
        undefined,
        (_, identity) => claimOf(identity),
      );
      offset += 1;
      await write(
        decision.kind === "accepted" ? topics.usageAccepted : topics.usageRejected,
        decision.fact,
      );
      if (decision.kind !== "accepted") continue;
      claims.set(Buffer.from(decision.identity).toString("hex"), decision.claim);
      const measured = measure(
        decision.fact,
        Map.groupBy(
          catalogFacts.filter((fact) => fact.kind === "MeterPublished"),
          ({ meter }) => meter,
        ),
      );
      control.add(decision.fact, measured);
      kept.push({ event: decision.fact, measured });
      // What would be told apart stands apart from the beginning.
      const rowOf = isApart ? eventRowOf : usageRowOf;
      rows.push(...measured.measurements.map((each) => rowOf(each, decision.fact, 0)));
      singles.push(...measured.measurements.map((each) => eventRowOf(each, decision.fact, 0)));
    }
    const barrier = { cut, partition: 0, time, catalog_offset: offsetAt(cut, catalogFacts) };
    await write(topics.usageRaw, signBarrier(barrier, keys.privateKey));
    await write(topics.usageAccepted, { kind: "BarrierPassed", raw_offset: offset, ...barrier });
    window = {
      raw_offset: offset,
      cut: cut + 1,
      time,
      catalog_offset: 0,
      lower_bound: null,
      ahead_seconds: 3_600,
      interval_seconds: 3_600,
      simulated: true,
      backfills: backfillsKnown(catalogFacts.slice(0, offsetAt(cut, catalogFacts))),
    };
    const tenants = control.totals();
    const digest = partDigest(cut, 0, tenants);
    root = cutRoot(root, [digest]);
    controls.push(...tenants.map((totals) => ({ ...totals, cut, partition: 0 })));
    await write(topics.cuts, {
      kind: "CutOpened",
      cut,
      time,
      catalog_offset: offsetAt(cut, catalogFacts),
      spools: [],
      complete: true,
    });
    await write(topics.cuts, {
      kind: "PartCompared",
      cut,
      partition: 0,
      end_offset: 0,
      raw_end_offset: offset,
      repair: 0,
      tenants,
      digest,
      merkle_root: null,
    });
    await write(topics.cuts, {
      kind: "CutClosed",
      cut,
      time,
      catalog_offset: offsetAt(cut, catalogFacts),
      root,
    });
    roots[cut] = root;
    offset += 1;
  }
  const columns: Office["columns"] = {
    readControls: async () => controls,
    readNamed: namesOf(kept),
    readStretches: stretchesIn(kept),
    readPlaces: placesOf(kept),
    readUsage: async ({ tenant, customers, from, to, cutMax, meters, isApart = () => false }) => {
      const found = rows.filter(
        (row) =>
          row.tenant === tenant &&
          row.slot + MICROS_PER_HOUR > from &&
          row.slot < to &&
          row.cut <= cutMax &&
          (customers === undefined || customers.includes(row.customer)) &&
          (meters === undefined || meters.includes(row.meter)),
      );
      const isToBe = (row: UsageRow) => row.event === null && isApart(row);
      const apart = new Set(found.filter(isToBe).map(rollupKey));
      const isOfApart = (row: UsageRow) => apart.has(rollupKey(row));
      return [...found.filter((row) => !isOfApart(row)), ...singles.filter(isOfApart)];
    },
  };
  return { rows, kept, columns };
}

const roots: Uint8Array[] = [];

/** As it was posted before evidence had explanations. */
function older(transaction: Transaction, catalogFacts: readonly CatalogFact[]): Transaction {
  const prices = catalogFacts.flatMap((fact) => (fact.kind === "PlanPublished" ? fact.prices : []));
  const price = prices.find((each) => each.price === transaction.evidence.price);
  return price === undefined ? transaction : inOlderForm(transaction, price);
}

async function keepJournal(
  write: Write,
  columns: Office["columns"],
  catalogFacts: readonly CatalogFact[],
  form: NonNullable<Terms["journal"]>,
): Promise<void> {
  const history = createCatalogHistory();
  for (const [offset, fact] of catalogFacts.entries()) history.add(fact, offset);
  const ledger = emptyLedger();
  let bills = emptyBills();
  let invoices: InvoiceToRound[] = [];
  let written = 0;
  for (const [step, cut] of [0, 1, 1, 2, 2].entries()) {
    const begun: StepBegun = {
      kind: "StepBegun",
      step,
      cut,
      time: cutTimes[cut] ?? 0,
      catalog_offset: offsetAt(cut, catalogFacts),
      invoices_offset: written,
    };
    const basis = { begun, ledger, catalogAt: history.at, opened: [], fills: noFills };
    const catalog = history.at(begun.catalog_offset);
    const rows = await columns.readUsage({
      tenant: "default",
      from: 0,
      to: at("2100-01-01"),
      cutMax: cut,
      fills: noFills,
      isApart: (row) => isApart(row, { ...basis, catalog }),
    });
    const planned = planStep(
      basis,
      rows.filter((row) => row.cut === cut),
    );
    const charged = joinSteps([
      {
        transactions: [...feesInAdvance(basis, planned), ...orderedAdjustments(basis)],
        parked: [],
      },
      rateStep(basis, [...planned, ...interimRatings(basis, planned)], rows, invoices),
    ]);
    const rated = withDiscounts(basis, charged).transactions;
    const transactions =
      form === "of_today" ? rated : rated.map((each) => older(each, catalogFacts));
    const facts: JournalFact[] = [begun, ...sealStep(committedTail(ledger), step, transactions)];
    for (const fact of facts) evolveLedger(ledger, fact);
    const fields = {
      step,
      cut,
      cut_root: roots[cut] ?? noRoot,
      ...tailOf(ledger),
      invoices_offset: written,
    };
    const head = signHead(fields, keys.privateKey);
    evolveLedger(ledger, head);
    for (const fact of [...facts, head]) {
      await write(topics.journal, fact);
      bills = evolveBills(bills, fact);
    }
    const known = history.at(begun.catalog_offset);
    const finalized = draftInvoices(bills, known);
    const made = [...finalized, ...newDrafts(bills, known, finalized)];
    for (const invoice of made) {
      await write(topics.invoices, invoice);
      bills = evolveBills(bills, invoice);
    }
    invoices = finalized;
    written += made.length;
  }
}

const input = tiered(
  "graduated",
  "input",
  "tokens",
  [
    ["1000000", "0.50"],
    ["10000000", "0.30"],
  ],
  "Input tokens",
);
export const usualTerms: Terms = {
  meter: { aggregation: "sum", value_property: "n" },
  price: {},
};
const tokens = {
  kind: "MeterPublished",
  ...system,
  ...usualMeter,
  meter: "tokens",
  version: 1,
  event_type: "llm",
  dimensions: ["model"],
} as const;
const usualSubscriptions = [
  subscription("s1", "acme", "dev", "2023-11-01", "2023-12-01"),
  subscription("s2", "acme", "dev", "2023-12-01"),
];

function catalogFactsOf({
  meter,
  price,
  part,
  subscriptions = usualSubscriptions,
  monthly = fee("monthly", "20"),
  billed = [],
  adjusted = [],
  backfilled = [],
}: Terms): CatalogFact[] {
  return [
    settings(),
    ...(backfilled.length === 0 ? [] : [drawer]),
    { ...tokens, ...meter },
    ...(part === undefined ? [] : [{ ...tokens, ...part }]),
    plan("dev", [monthly, { ...input, ...price }]),
    customer("acme"),
    ...subscriptions,
    ...billed.map((each) => billNow(each)),
    ...adjusted.map(([of, amount], index) => adjustment(`a${index}`, of, amount)),
  ];
}
