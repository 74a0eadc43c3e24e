import type { InvoiceFact, MadeAt } from "@tallybook/invoice";
import type { CatalogHistory } from "@tallybook/journal";
import type { Follower } from "@tallybook/log";
import { Problem } from "@tallybook/service";

import type { Standing } from "./invoicer.ts";

/** What an invoice's page is made with: names and prices as the catalog had them when it was. */
export interface Pages {
  /** Told of each step of the journal that is wholly invoiced, those before a restart again. */
  passed(standing: Pick<Standing, "head" | "catalog_offset">): void;
  /** Throws a Problem (503) while the journal is not read so far, as after a start. */
  madeAt(invoice: InvoiceFact): Promise<MadeAt>;
}

export function createPages(catalog: Follower<CatalogHistory>): Pages {
  const placeByStep = new Map<
    number,
    Omit<MadeAt, "catalog" | "seller"> & { readonly catalogOffset: number }
  >();
  return {
    passed({ head, catalog_offset }) {
      const { step, cut, signature } = head;
      placeByStep.set(step, { cut, signature, catalogOffset: catalog_offset });
    },
    async madeAt(invoice) {
      const place = placeByStep.get(invoice.journal_step);
      if (place === undefined) throw tooEarly(invoice);
      const { cut, signature, catalogOffset } = place;
      const toldAt = Math.max(catalogOffset, toldBelow(invoice));
      await catalog.until((_, offset) => offset >= toldAt);
      const history = catalog.state();
      const seller = toldAt === catalogOffset ? {} : { seller: history.at(toldAt) };
      return { catalog: history.at(catalogOffset), ...seller, cut, signature };
    },
  };
}

/** The catalog below it told the taxes and the entity of an invoice; 0 where it told none. */
function toldBelow(invoice: InvoiceFact): number {
  const basis = invoice.kind === "InvoiceFinalized" ? invoice.tax_basis : null;
  return basis === null || basis.entity === null ? 0 : basis.catalog_offset;
}

function tooEarly(invoice: InvoiceFact): Problem {
  const { journal_step } = invoice;
  const name = invoice.kind === "InvoiceFinalized" ? invoice.number : invoice.invoice;
  return new Problem({
    status: 503,
    title: "Service Unavailable",
    detail: `Step ${journal_step} of the journal, which ${name} is of, is still being read: ask again.`,
    headers: { "retry-after": "1" },
  });
}
