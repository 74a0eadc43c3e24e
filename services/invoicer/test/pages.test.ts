import { emptyCatalog } from "@tallybook/catalog";
import type { InvoiceFinalized } from "@tallybook/invoice";
import type { CatalogHistory, HeadSigned } from "@tallybook/journal";
import type { Follower } from "@tallybook/log";
import { expect, test } from "vitest";

import { createPages } from "../src/pages.ts";

test("an invoice has the prices of its step, and its seller from the catalog that told its entity", async () => {
  const at = (offset: number) => ({ ...emptyCatalog(), offset });
  const catalog = { state: () => ({ at }), until: async () => {} };
  const pages = createPages(catalog as unknown as Follower<CatalogHistory>);
  pages.passed({ head: { step: 3 } as HeadSigned, catalog_offset: 10 });
  const offsets = async (tax_basis: object | null) => {
    const invoice = { kind: "InvoiceFinalized", journal_step: 3, tax_basis };
    const made = await pages.madeAt(invoice as unknown as InvoiceFinalized);
    return [made.catalog.offset, made.seller?.offset];
  };
  expect(await offsets({ entity: "gmbh", catalog_offset: 20 })).toEqual([10, 20]);
  expect(await offsets({ entity: "gmbh", catalog_offset: 10 })).toEqual([10, undefined]);
  expect(await offsets({ entity: null, catalog_offset: 20 })).toEqual([10, undefined]);
  expect(await offsets(null)).toEqual([10, undefined]);
});
