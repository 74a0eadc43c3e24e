import { createBalances, dayOf } from "@tallybook/books";
import type { AccountBalance, BalancesOfDay, StepRange } from "@tallybook/books";
import type { HeadSigned, TransactionPosted } from "@tallybook/journal";
import type { Log } from "@tallybook/log";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { createEntityTeller } from "./entity-teller.ts";
import { journalSteps, publicKeyOf } from "./journal-steps.ts";
import type { JournalStep } from "./journal-steps.ts";

/** Which part of the journal somebody wants; with nothing said, all that is there. */
export type WantedRange =
  | { readonly by: "everything" }
  /** Steps behind the last one of cut `after`, up to the last one of cut `to`; -1 is the beginning, null all that is there. */
  | { readonly by: "cuts"; readonly after: number; readonly to: number | null }
  /** The same of steps. */
  | { readonly by: "steps"; readonly after: number; readonly to: number | null }
  /** Transactions whose date is at or after `from`, and before `to`. */
  | { readonly by: "dates"; readonly from: Micros; readonly to: Micros };

/** What was asked for cannot be told yet, or is not there; the message says what to ask for instead. */
export class NoSuchRange extends Error {
  override readonly name = "NoSuchRange";
}

/** A part of the journal of one tenant, looked through and not yet written. */
export interface JournalSurvey {
  readonly tenant: string;
  /** Whose books alone; null: the tenant's own; undefined: everybody's. */
  readonly entity: string | null | undefined;
  /** The tenant's, those without an entry too. */
  readonly entities: readonly string[];
  readonly range: StepRange;
  readonly head: HeadSigned;
  /** SPKI in DER. */
  readonly publicKey: Uint8Array;
  readonly transactions: number;
  readonly postings: number;
  /** Of the journal's own accounts, at the range's end. */
  readonly balances: readonly AccountBalance[];
  readonly dayBefore: string | null;
  readonly lastDay: string | null;
  readonly dayBalances: BalancesOfDay | null;
}

export interface SurveyOptions {
  readonly log: Log;
  readonly wanted: WantedRange;
  /** The only one that the journal knows, unless given. */
  readonly tenant?: string;
  /** In whose books alone; null: in those of the tenant's own; everybody's unless given. */
  readonly entity?: string | null;
}

/** A transaction, and in whose books it stands; null: in the tenant's own. */
export interface BookedTransaction {
  readonly transaction: TransactionPosted;
  readonly entity: string | null;
}

/** Reads the journal once, proves it, and says what an export of the range holds. Throws `NoSuchRange` or `UnprovenJournal`. */
export async function surveyJournal({
  log,
  wanted,
  tenant,
  entity: only,
}: SurveyOptions): Promise<JournalSurvey> {
  const publicKey = await publicKeyOf(log);
  if (publicKey === undefined)
    throw new NoSuchRange("there is no deployment yet: its first service makes it.");
  const asked = readWanted(wanted);
  const tenants = new Set<string>();
  const teller = createEntityTeller(log);
  const balances = createBalances();
  const settled = createBalances();
  let pending: BookedTransaction[] = [];
  let [transactions, postings, after] = [0, 0, -1];
  let dayBefore: string | null = null;
  let lastDay: string | null = null;
  let head: HeadSigned | undefined;
  let beyond: JournalStep | undefined;

  for await (const step of journalSteps(log, publicKey)) {
    if (asked.isBeyond(step)) {
      beyond = step;
      break;
    }
    const isBefore = asked.isBefore(step);
    head = step.head;
    if (isBefore) after = step.head.step;
    const entityOf = await teller.of(step);
    for (const transaction of step.transactions) {
      tenants.add(transaction.tenant);
      if (tenant !== undefined && transaction.tenant !== tenant) continue;
      const entity = entityOf(transaction);
      if (only !== undefined && entity !== only) continue;
      const day = dayOf(transaction);
      const [first] = pending;
      if (first !== undefined && dayOf(first.transaction) !== day) {
        for (const earlier of pending) settled.add(earlier.transaction, true, earlier.entity);
        pending = [];
      }
      pending.push({ transaction, entity });
      balances.add(transaction, isBefore, entity);
      if (isBefore) dayBefore = day;
      else {
        lastDay = day;
        transactions++;
        postings += transaction.postings.length;
      }
    }
  }
  if (head === undefined)
    throw new NoSuchRange("the journal has no step there: nothing was rated yet.");
  if (beyond === undefined) asked.demandEnd(head);
  const rows = balances.rows();
  const own = onlyTenant(tenant, tenants);
  const entities = teller.entitiesOf(own);
  refuseUnknown(own, only, entities);
  return {
    tenant: own,
    entity: only,
    entities,
    range: { after, to: head.step },
    head,
    publicKey,
    transactions,
    postings,
    balances: rows,
    dayBefore,
    lastDay,
    dayBalances: dayBalances(asked.endDay, lastDay, rows, settled.rows()),
  };
}

/** The steps of a survey again, with the tenant's transactions alone, and where it is of one entity, those of its books. */
export async function* surveyedSteps(
  log: Log,
  { range, tenant, entity: only, publicKey }: JournalSurvey,
): AsyncGenerator<BookedTransaction, void> {
  const teller = createEntityTeller(log);
  for await (const step of journalSteps(log, publicKey)) {
    const { head, transactions } = step;
    if (head.step > range.to) return;
    const entityOf = await teller.of(step);
    if (head.step <= range.after) continue;
    for (const transaction of transactions) {
      if (transaction.tenant !== tenant) continue;
      const entity = entityOf(transaction);
      if (only === undefined || entity === only) yield { transaction, entity };
    }
  }
}

interface Asked {
  /** Of a step before the range. */
  isBefore(step: JournalStep): boolean;
  /** Of a step behind the range. */
  isBeyond(step: JournalStep): boolean;
  /** Throws `NoSuchRange` where the journal ends before the range does. */
  demandEnd(head: HeadSigned): void;
  /** The day at whose beginning the range ends. */
  readonly endDay: string | null;
}

function readWanted(wanted: WantedRange): Asked {
  switch (wanted.by) {
    case "everything":
      return between(-1, null, ({ head }) => head.step);
    case "steps":
      return between(wanted.after, wanted.to, ({ head }) => head.step);
    case "cuts": {
      // Steps of a cut go on until the next one is there: what its invoices are rounded by comes behind them.
      const cutOf = ({ head }: JournalStep) => head.cut;
      const { to } = wanted;
      const demandEnd = ({ cut, step }: HeadSigned) => {
        if (to === null) return;
        throw new NoSuchRange(
          `cut ${to} may get further entries: the journal is at cut ${cut}. Ask for less, for all that is there without an end, or for the same bytes later by --to-step ${step}.`,
        );
      };
      return { ...between(wanted.after, to, cutOf), demandEnd };
    }
    case "dates":
      return {
        isBefore: ({ begun }) => begun.time < wanted.from,
        isBeyond: ({ begun }) => begun.time >= wanted.to,
        demandEnd({ cut, step }) {
          throw new NoSuchRange(
            `the journal is not past ${formatTime(wanted.to)}: its last cut is ${cut}. Ask for all that is there, without an end, or for the same bytes later by --to-step ${step}.`,
          );
        },
        endDay: formatTime(wanted.to).endsWith("T00:00:00Z")
          ? formatTime(wanted.to).slice(0, 10)
          : null,
      };
  }
}

function between(after: number, to: number | null, numberOf: (step: JournalStep) => number): Asked {
  return {
    isBefore: (step) => numberOf(step) <= after,
    isBeyond: (step) => to !== null && numberOf(step) > to,
    demandEnd(head) {
      if (to !== null && head.step < to)
        throw new NoSuchRange(`there is no step ${to} yet: the journal is at step ${head.step}.`);
    },
    endDay: null,
  };
}

/** Where the range ends with a day, its end; else the beginning of its last day, before which nothing more can come. */
function dayBalances(
  endDay: string | null,
  lastDay: string | null,
  atEnd: readonly AccountBalance[],
  before: readonly AccountBalance[],
): BalancesOfDay | null {
  if (lastDay === null) return null;
  return endDay === null ? { day: lastDay, rows: before } : { day: endDay, rows: atEnd };
}

function refuseUnknown(
  tenant: string,
  entity: string | null | undefined,
  known: readonly string[],
): void {
  if (entity === undefined || entity === null || known.includes(entity)) return;
  const there =
    known.length === 0 ? "its books are all the tenant's own" : `it has ${known.join(", ")}`;
  throw new NoSuchRange(`${tenant} has no entity ${entity} by then: ${there}.`);
}

function onlyTenant(tenant: string | undefined, tenants: ReadonlySet<string>): string {
  const [only] = tenants;
  if (tenant !== undefined) {
    if (tenants.has(tenant) || tenants.size === 0) return tenant;
    throw new NoSuchRange(
      `the journal has nothing of a tenant ${tenant} there: it has ${[...tenants].join(", ")}.`,
    );
  }
  if (only === undefined) throw new NoSuchRange("nothing is posted yet.");
  if (tenants.size === 1) return only;
  throw new NoSuchRange(
    `the journal is of several tenants (${[...tenants].join(", ")}): say which by --tenant.`,
  );
}
