import { emptyCatalog, entityIds, evolve, invoicingEntity } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import type { InvoicesFact } from "@tallybook/invoice";
import type { TransactionPosted } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Log, LogRecord } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";

import type { JournalStep } from "./journal-steps.ts";

/** Tells in whose books transactions stand, by what was known at their steps: the same whenever it is asked. */
export interface EntityTeller {
  /**
   * Of the transactions of a step: those of an invoice stand in the books of the entity that it is written in the name of, and so does
   * money that settles invoices, by the first of them; all else in those of the entity that invoices the customer by the catalog of the
   * step. Null: in the tenant's own. Steps have to be asked for in their order.
   */
  of(step: JournalStep): Promise<(transaction: TransactionPosted) => string | null>;
  /** Every entity of a tenant that the catalog knew at the last step that was asked for, archived ones too. */
  entitiesOf(tenant: string): readonly string[];
}

export function createEntityTeller(log: Log): EntityTeller {
  const catalog = emptyCatalog();
  const catalogUpTo = readerOf(log, topics.catalog);
  const invoicesUpTo = readerOf(log, topics.invoices);
  const byInvoice = new Map<string, string | null>();
  const byCustomer = new Map<string, string | null>();

  function ofCustomer(tenant: string, customer: string): string | null {
    const key = JSON.stringify([tenant, customer]);
    const known = byCustomer.get(key);
    if (known !== undefined) return known;
    const entity = invoicingEntity(catalog, { tenant, customer })?.entity ?? null;
    byCustomer.set(key, entity);
    return entity;
  }

  return {
    async of({ begun }) {
      for await (const { value, offset } of catalogUpTo(begun.catalog_offset)) {
        const fact = decode(value) as CatalogFact;
        evolve(catalog, fact, offset);
        if (fact.kind === "ObjectRevised" || fact.kind === "CustomerCreated") byCustomer.clear();
      }
      for await (const { value } of invoicesUpTo(begun.invoices_offset)) {
        const fact = decode(value) as InvoicesFact;
        if (fact.kind === "InvoiceFinalized") byInvoice.set(fact.invoice, fact.entity);
      }
      return ({ tenant, evidence: { customer, invoice, settles } }) => {
        const of = invoice ?? settles[0]?.invoice;
        const entity = of === undefined ? undefined : byInvoice.get(of);
        return entity === undefined ? ofCustomer(tenant, customer) : entity;
      };
    },
    entitiesOf: (tenant) => entityIds(catalog, tenant),
  };
}

/** Reads a topic of one partition on, up to an offset, exclusive. */
function readerOf(log: Log, topic: string): (to: number) => AsyncGenerator<LogRecord> {
  const records = readAll(log, topic, 0);
  let waiting: LogRecord | undefined;
  return async function* (to) {
    for (;;) {
      if (waiting === undefined) {
        const { value, done } = await records.next();
        if (done === true) return;
        waiting = value;
      }
      if (waiting.offset >= to) return;
      const record = waiting;
      waiting = undefined;
      yield record;
    }
  };
}
