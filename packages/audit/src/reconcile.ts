import type { Columns, ColumnsControl } from "@tallybook/columns";
import { differencesOf } from "@tallybook/columns";
import type { InvoiceDrafted, InvoiceFinalized, InvoicesFact } from "@tallybook/invoice";
import { emptyLedger, evolveLedger, isMovement } from "@tallybook/journal";
import type { HeadSigned, JournalFact, Ledger, Movement } from "@tallybook/journal";
import type { Log } from "@tallybook/log";
import {
  fillsHiddenAt,
  fillsKnownAt,
  partDigest,
  readPublicKey,
  tenantsWith,
} from "@tallybook/usage";
import type { Cuts } from "@tallybook/usage";

import { compareBilledBefore } from "./billed-before.ts";
import { readBooks, upToHead } from "./books.ts";
import type { Books } from "./books.ts";
import { compareDiscounts } from "./discounts.ts";
import type { IdentityLists, IdentityRow, Reconciliation } from "./identity.ts";
import {
  compareChain,
  compareDrafts,
  compareInvoices,
  compareNumbers,
  comparePostings,
  compareRoots,
} from "./money.ts";
import type { NumberedFact } from "./money.ts";
import { compareMoved } from "./moved.ts";
import { compareOrdered } from "./ordered.ts";
import { compareOwed } from "./owed.ts";
import { compareOwedTaxes } from "./owed-taxes.ts";
import { compareRated } from "./rated.ts";
import { walkRoad } from "./road.ts";
import { compareWrittenOff } from "./written-off.ts";
import type { LogPart, Road } from "./road.ts";
import { compareFilled, filledList } from "./filled.ts";
import { createSheet } from "./sheet.ts";
import type { Sheet, SheetScope } from "./sheet.ts";

export interface ReconcileOptions extends SheetScope {
  readonly log: Log;
  readonly columns: Pick<Columns, "readControls" | "readUsage">;
  /** All tenants, unless given. What concerns the deployment as a whole is on the answer either way. */
  readonly tenant?: string;
}

/**
 * Checks the identity over everything that the journal has passed: from the records of `usage.raw` to the totals of the
 * invoices, each number by two ways. Reads the log and ClickHouse; trusts neither, and no count that a service made.
 */
export async function reconcile({
  log,
  columns,
  tenant,
  ...scope
}: ReconcileOptions): Promise<Reconciliation> {
  const books = await readBooks(log);
  const { head, facts } = upToHead(books);
  const { deployment } = books.cuts;
  const closed = books.cuts.closed[head?.cut ?? -1];
  if (head === null || closed === undefined || deployment === undefined) {
    return { cut: -1, time: null, ahead: aheadOf(books.cuts, -1), rows: [], lists: noLists };
  }
  const { cut } = head;
  const publicKey = readPublicKey(deployment.public_key);
  const sheet = createSheet(scope);

  const road = await walkRoad(log, books, cut, publicKey, sheet);
  // Of a history that is still being filled rows may be there, and count from a later cut on.
  const hidden = fillsHiddenAt(books.cuts.fills, cut);
  const controls = await columns.readControls({ cutMin: 0, cutMax: cut }, hidden);
  const partDifferences = compareParts(road, { cuts: books.cuts, last: cut }, controls, sheet);
  compareColumns(road, controls, sheet);

  const { ledger, failure } = foldLedger(facts);
  const catalogAt = (offset: number) => books.history.at(offset);
  const basis = {
    ledger,
    catalogAt,
    catalog: catalogAt(closed.catalog_offset),
    closed,
    opened: books.cuts.opened,
    fills: books.cuts.fills,
  };
  const rated = await compareRated(basis, road, columns, sheet);
  await compareBilledBefore(basis, facts, columns, sheet);
  compareDiscounts(basis, facts, sheet);

  const transactions = facts.filter((fact) => fact.kind === "TransactionPosted");
  const invoices = takenBy(head, books);
  compareOrdered(basis.catalog, transactions, sheet);
  compareInvoices(transactions, invoices, sheet);
  compareDrafts(transactions, draftsTakenBy(head, books), invoices, sheet);
  comparePostings(transactions, sheet);
  compareMoved(transactions, movementsTakenBy(head, books), sheet);
  const written = factsTakenBy(head, books);
  compareOwed(transactions, written, sheet);
  compareOwedTaxes(transactions, written, sheet);
  const written_off = compareWrittenOff(basis, facts, sheet);
  compareNumbers("invoices", invoices.map(numberedInvoice), sheet);
  compareNumbers("notes", written.flatMap(numberedNote), sheet);
  compareChain(facts, books.cuts, publicKey, sheet);
  compareRoots(books.cuts, cut, sheet);

  const isWhole = scope.meter === undefined && scope.period === undefined;
  const ofParts = isWhole ? partDifferences : [];
  const differences = [...sheet.differences(), ...ofParts, ...failure];
  return ofTenant(
    {
      cut,
      time: closed.time,
      ahead: aheadOf(books.cuts, cut),
      rows: sheet.rows(),
      lists: { ...rated, written_off, ...countLists(road), filled: filledList(road), differences },
    },
    tenant,
  );
}

function aheadOf({ opened }: Cuts, passed: number): number[] {
  return opened.map(({ cut }) => cut).filter((cut) => cut > passed);
}

/** Invoices behind what the head took have no rounding yet. */
function takenBy(head: HeadSigned, { invoices }: Books): InvoiceFinalized[] {
  return invoices.filter(({ offset }) => offset < head.invoices_offset).map(({ fact }) => fact);
}

function draftsTakenBy(head: HeadSigned, { drafts }: Books): InvoiceDrafted[] {
  return drafts.filter(({ offset }) => offset < head.invoices_offset).map(({ fact }) => fact);
}

function numberedInvoice({ tenant, number, finalized_at }: InvoiceFinalized): NumberedFact {
  return { tenant, number, at: finalized_at };
}

function numberedNote(fact: InvoicesFact): NumberedFact[] {
  if (fact.kind !== "NoteIssued") return [];
  const { tenant, note_number: number, issued_at: at } = fact;
  return [{ tenant, number, at }];
}

function factsTakenBy(head: HeadSigned, { written }: Books): InvoicesFact[] {
  return written.filter(({ offset }) => offset < head.invoices_offset).map(({ fact }) => fact);
}

function movementsTakenBy(head: HeadSigned, { taken }: Books): Movement[] {
  return taken
    .filter(({ offset }) => offset < head.invoices_offset)
    .map(({ fact }) => fact)
    .filter(isMovement);
}

function foldLedger(facts: readonly JournalFact[]): { ledger: Ledger; failure: string[] } {
  const ledger = emptyLedger();
  try {
    for (const fact of facts) evolveLedger(ledger, fact);
    return { ledger, failure: [] };
  } catch (error) {
    return { ledger, failure: [`the journal does not fold: ${(error as Error).message}`] };
  }
}

/** Every part three times: measured again from the log, as it was compared and filled, and as ClickHouse has it now. */
function compareParts(
  { parts }: Road,
  { cuts, last }: { readonly cuts: Cuts; readonly last: number },
  controls: readonly ColumnsControl[],
  sheet: Sheet,
): string[] {
  const differences: string[] = [];
  const fills = fillsKnownAt(cuts.fills, last);
  for (const part of parts) {
    const { cut, partition, tenants, filled } = part;
    const what = `partition ${partition}`;
    const compared = cuts.parts[cut]?.get(partition);
    const isAsCompared =
      compared !== undefined &&
      Buffer.compare(compared.digest, partDigest(cut, partition, tenants)) === 0;
    sheet.compare(
      { tenant: "", name: "parts of the log = parts as compared", cut, what },
      1,
      isAsCompared ? 1 : 0,
    );
    compareFilled(part, fills, sheet);
    const found = differencesOf(
      [{ ...part, tenants: filled.reduce(tenantsWith, tenants) }],
      controls.filter((control) => control.cut === cut && control.partition === partition),
    );
    sheet.compare(
      { tenant: "", name: "parts of the log = parts in ClickHouse", cut, what },
      1,
      found.length === 0 ? 1 : 0,
    );
    differences.push(...found);
  }
  const known = new Set(parts.map(partName));
  for (const control of controls) {
    if (known.has(partName(control))) continue;
    sheet.compare(
      { tenant: "", name: "parts of the log = parts in ClickHouse", cut: control.cut },
      0,
      1,
    );
    differences.push(
      `${partName(control)}: rows in ClickHouse of a part that the log does not have`,
    );
  }
  return differences;
}

function partName({ cut, partition }: Pick<LogPart, "cut" | "partition">): string {
  return `cut ${cut}, partition ${partition}`;
}

/** Counts of events, per tenant and cut: the log's against those in ClickHouse, and there by what became of them. */
function compareColumns({ parts }: Road, controls: readonly ColumnsControl[], sheet: Sheet): void {
  const inLog = parts.flatMap(({ cut, tenants }) =>
    tenants.map((control) => ({ ...control, cut })),
  );
  const places = new Map(
    [...inLog, ...controls].map(({ tenant, cut }) => [`${tenant}\u001f${cut}`, { tenant, cut }]),
  );
  for (const { tenant, cut } of places.values()) {
    const isHere = (control: { readonly tenant: string; readonly cut: number }) =>
      control.tenant === tenant && control.cut === cut;
    const accepted = total(inLog.filter(isHere), ({ accepted }) => accepted);
    const here = controls.filter(isHere);
    sheet.compare(
      { tenant, cut, name: "accepted = events in ClickHouse" },
      accepted,
      total(here, (control) => control.accepted),
    );
    const outcomes = total(
      here,
      ({ measured, without_meter, unmeasurable }) => measured + without_meter + unmeasurable,
    );
    sheet.compare(
      { tenant, cut, name: "accepted = measured + without a meter + unmeasurable" },
      accepted,
      outcomes,
    );
  }
}

function total<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + numberOf(item), 0);
}

function countLists({
  outcomes,
  refused,
  unmeasurable,
}: Road): Pick<IdentityLists, "received" | "refused" | "unmeasurable"> {
  const listed = (counts: Road["refused"]) =>
    [...counts].flatMap(([tenant, byReason]) =>
      [...byReason].map(([reason, count]) => ({ tenant, reason, count })),
    );
  const received = [...outcomes].map(([tenant, counts]) => ({
    tenant,
    accepted: counts.get("accepted") ?? 0,
    duplicates: counts.get("duplicates") ?? 0,
    conflicts: counts.get("conflicts") ?? 0,
    refused: counts.get("refused") ?? 0,
  }));
  return { received, refused: listed(refused), unmeasurable: listed(unmeasurable) };
}

function ofTenant(reconciliation: Reconciliation, tenant: string | undefined): Reconciliation {
  if (tenant === undefined) return reconciliation;
  const isOf = (item: { readonly tenant: string }) => item.tenant === tenant;
  const { lists } = reconciliation;
  return {
    ...reconciliation,
    rows: reconciliation.rows.filter((row: IdentityRow) => isOf(row) || row.tenant === ""),
    lists: {
      ...lists,
      unattributed: lists.unattributed.filter(isOf),
      open: lists.open.filter(isOf),
      parked: lists.parked.filter(isOf),
      written_off: lists.written_off.filter(isOf),
      received: lists.received.filter(isOf),
      refused: lists.refused.filter(isOf),
      unmeasurable: lists.unmeasurable.filter(isOf),
      filled: lists.filled.filter(isOf),
    },
  };
}

const noLists: IdentityLists = {
  received: [],
  unattributed: [],
  open: [],
  parked: [],
  written_off: [],
  refused: [],
  unmeasurable: [],
  filled: [],
  differences: [],
};
