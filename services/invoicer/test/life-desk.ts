import { emptyCatalog } from "@tallybook/catalog";
import type { CustomerCreated } from "@tallybook/catalog";
import { isPostedFor } from "@tallybook/invoice";
import type { InvoiceFinalized, LifeOrder } from "@tallybook/invoice";
import { createAccess, createHttpServer, createLogger, createOutbound } from "@tallybook/service";

import { emptyArchive, evolveArchive } from "../src/archive.ts";
import type { Auditor } from "../src/auditor.ts";
import type { Orders } from "../src/orders.ts";
import { addAllLifeRoutes } from "../src/life.ts";
import { addBillingRoutes } from "../src/billing-routes.ts";
import { createBookKeeper } from "../src/book-keeper.ts";
import { createJournalSurveys } from "../src/journal-surveys.ts";
import { createPassing } from "../src/passing.ts";
import { createTaxDesk } from "../src/tax-desk.ts";
import { askServer, textAt } from "./asking.ts";
import type { Ask } from "./asking.ts";
import { january } from "./office.ts";
import type { openOffice } from "./office.ts";

/** The routes about the life of invoices, before an office whose worker is at work whenever somebody orders. */
export interface LifeDesk {
  readonly ask: Ask;
  /** What stands at a path, whatever it is. */
  text(path: string): Promise<string>;
  /** Who asks from now on; finance of `default` unless said. */
  as(caller: { readonly role?: "finance" | "analyst"; readonly tenant?: string }): void;
  close(): Promise<void>;
}

export async function openLifeDesk(
  office: Awaited<ReturnType<typeof openOffice>>,
): Promise<LifeDesk> {
  let caller: { role: "finance" | "analyst"; tenant: string } = {
    role: "finance",
    tenant: "default",
  };
  const server = createHttpServer({
    logger: createLogger("invoicer", () => {}),
    bodyBytesMax: 16_384,
    parseBody: (bytes) => bytes,
  });
  const desk = {
    archive: () => office.facts().reduce(evolveArchive, emptyArchive()),
    access: createAccess(() => ({ ...caller, api_key: "k", scope: null })),
    orders: {
      ...office.orders,
      life: (order: LifeOrder) => atWork(office.orders.life(order)),
      finalize: (order: Parameters<Orders["finalize"]>[0]) => atWork(office.orders.finalize(order)),
    },
    customerOf: (tenant: string, customer: string) =>
      tenant === "default" && customer === "acme"
        ? ({ customer, currency: "USD" } as CustomerCreated)
        : undefined,
    transactionsOf: async (invoice: InvoiceFinalized) =>
      office.journal().filter(isPostedFor(invoice)),
    books: createBookKeeper(office.log),
    surveys: createJournalSurveys(office.log),
    pages: {
      passed: () => {},
      madeAt: async () => ({ catalog: emptyCatalog(), cut: 1, signature: new Uint8Array(64) }),
    },
    now: () => january,
  };
  async function atWork<What>(asked: Promise<What>): Promise<What> {
    await office.work();
    return asked;
  }
  addAllLifeRoutes(server, desk);
  addBillingRoutes(server, {
    ...desk,
    passing: createPassing(),
    catalog: { requestBilling: async () => 0 },
    isInShadow: () => false,
    taxes: createTaxDesk({
      known: emptyCatalog,
      outbound: createOutbound([]),
      secrets: new Map(),
      now: () => 0,
      wallMs: () => 0,
    }),
    auditor: { residualsOf: async () => [] } as unknown as Auditor,
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    as: (other) => void (caller = { ...caller, ...other }),
    ask: (...asked) => askServer(server, ...asked),
    text: (path) => textAt(server, path),
    close: () => server.close(),
  };
}
