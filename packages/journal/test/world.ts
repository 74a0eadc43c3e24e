import type { Catalog, CatalogFact } from "@tallybook/catalog";
import {
  committedTail,
  createCatalogHistory,
  emptyLedger,
  evolveLedger,
  feesInAdvance,
  interimRatings,
  isApart,
  joinSteps,
  planStep,
  rateStep,
  sealStep,
  tailOf,
  usageTakenBack,
  withDiscounts,
} from "@tallybook/journal";
import type {
  HeadSigned,
  InvoiceToRound,
  JournalFact,
  Ledger,
  Parked,
  StepBasis,
  StepBegun,
  TransactionPosted,
} from "@tallybook/journal";
import { at } from "@tallybook/testkit/facts";
import { rollupKey, rollUpRows } from "@tallybook/usage";
import type { Fill, UsageRow } from "@tallybook/usage";

/** A small vendor with a journal, for examples: facts of the control plane and usage in, journal facts out. */
export interface World {
  readonly facts: JournalFact[];
  ledger: Ledger;
  tell(...facts: CatalogFact[]): void;
  use(...rows: UsageRow[]): void;
  /** Rows of single events, to be rolled up and told apart as the columns do. */
  report(...events: UsageRow[]): void;
  /** Rates a cut; returns what it posted. */
  step(cut: number, time: string, invoices?: readonly InvoiceToRound[]): TransactionPosted[];
  readonly parked: Parked[];
  /** By number; a cut that is not there is complete. */
  readonly opened: { time: number; complete: boolean; catalog_offset: number }[];
  /** Histories that are filled, by their names. */
  readonly fills: Map<string, Fill>;
  catalogAt(offset: number): Catalog;
}

export function newWorld(): World {
  const history = createCatalogHistory();
  let told = 0;
  const rows: UsageRow[] = [];
  const reported: UsageRow[] = [];
  const world: World = {
    facts: [],
    ledger: emptyLedger(),
    parked: [],
    opened: [],
    fills: new Map(),
    catalogAt: history.at,
    tell(...facts) {
      for (const fact of facts) history.add(fact, told++);
    },
    use(...more) {
      rows.push(...more);
    },
    report(...events) {
      reported.push(...events);
    },
    step(cut, time, invoices = []) {
      const begun: StepBegun = {
        kind: "StepBegun",
        step: (world.ledger.head?.step ?? -1) + 1,
        cut,
        time: at(time),
        catalog_offset: told,
        invoices_offset: 0,
      };
      const basis: StepBasis = {
        begun,
        ledger: world.ledger,
        catalogAt: world.catalogAt,
        opened: world.opened,
        fills: world.fills,
      };
      const catalog = world.catalogAt(told);
      const all = [...rows, ...toldApart(reported, (row) => isApart(row, { ...basis, catalog }))];
      const plan = planStep(
        basis,
        all.filter((row) => row.cut === cut),
      );
      const charged = joinSteps([
        {
          transactions: [...feesInAdvance(basis, plan), ...usageTakenBack(basis)],
          parked: [],
        },
        rateStep(basis, [...plan, ...interimRatings(basis, plan)], all, invoices),
      ]);
      const { transactions, parked } = withDiscounts(basis, charged);
      const sealed = sealStep(committedTail(world.ledger), begun.step, transactions);
      record(begun);
      sealed.forEach(record);
      record(headOf(begun, world.ledger));
      world.parked.splice(0, world.parked.length, ...parked);
      return sealed;
    },
  };
  function record(fact: JournalFact): void {
    world.facts.push(fact);
    world.ledger = evolveLedger(world.ledger, fact);
  }
  return world;
}

function toldApart(events: readonly UsageRow[], isApart: (row: UsageRow) => boolean): UsageRow[] {
  const rolledUp = rollUpRows(events.map((row) => ({ ...row, event: null })));
  const apart = new Set(rolledUp.filter(isApart).map(rollupKey));
  const isOfApart = (row: UsageRow) => apart.has(rollupKey(row));
  return [...rolledUp.filter((row) => !isOfApart(row)), ...events.filter(isOfApart)];
}

export function headOf(begun: StepBegun, ledger: Ledger): HeadSigned {
  const { seq, hash } = tailOf(ledger);
  const { step, cut, invoices_offset } = begun;
  const none = new Uint8Array(32);
  return {
    kind: "HeadSigned",
    step,
    cut,
    cut_root: none,
    seq,
    hash,
    invoices_offset,
    signature: none,
  };
}
