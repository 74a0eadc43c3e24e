import type { CatalogFact } from "@tallybook/catalog";
import type { InvoicesFact, StripeOrder } from "@tallybook/invoice";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import { createAccess, createHttpServer, createLogger } from "@tallybook/service";
import { openStripeStandIn, stripeSignature } from "@tallybook/testkit/stripe";
import type { StandInInvoice, StripeStandIn } from "@tallybook/testkit/stripe";
import { decode, topics } from "@tallybook/wire";

import { emptyArchive, evolveArchive } from "../../src/archive.ts";
import { addStripeRoutes } from "../../src/stripe/routes.ts";
import { createStripeRunner } from "../../src/stripe/runner.ts";
import { createTill } from "../../src/stripe/till.ts";
import { askServer } from "../asking.ts";
import type { Ask } from "../asking.ts";
import { january, openOffice } from "../office.ts";

type Office = Awaited<ReturnType<typeof openOffice>>;

export const key = "sk_test_12345678";
export const secret = "whsec_abcdefgh12345678";

/** That a process has died: nothing behind it happens. */
export class Died extends Error {
  override readonly name = "Died";
}

/** An office whose customer acme pays by Stripe, with a stand-in for Stripe. */
export async function openCollected(
  account: Readonly<Record<string, string>> = {},
): Promise<{ readonly office: Office; readonly standIn: StripeStandIn }> {
  const office = await openOffice();
  const standIn = await openStripeStandIn({ key, customers: ["cus_1"] });
  office.tell(
    revised("stripe_accounts", "main", {
      name: "main",
      api_key: "STRIPE_KEY",
      webhook_secret: "STRIPE_WEBHOOK",
      metadata: {},
      ...account,
    }),
  );
  office.tell(
    revised("stripe_customers", "acme", { stripe_account: "main", stripe_customer: "cus_1" }),
  );
  return { office, standIn };
}

export function revised(
  collection: string,
  id: string,
  body: Extract<CatalogFact, { kind: "ObjectRevised" }>["body"],
  version = 1,
): CatalogFact {
  return {
    kind: "ObjectRevised",
    tenant: "default",
    recorded_at: 0,
    actor: "k",
    effective_at: version - 1,
    collection,
    id,
    version,
    archived: false,
    body,
  };
}

/** A process that asks Stripe: it knows nothing but what is on the log. `asked` may let it die. */
export function openProcess(
  office: Office,
  url: string,
  given: { readonly asked?: () => void; readonly secrets?: ReadonlyMap<string, string> } = {},
) {
  const clock = { ms: 1_700_000_000_000 };
  const secrets =
    given.secrets ?? new Map(Object.entries({ STRIPE_KEY: key, STRIPE_WEBHOOK: secret }));
  const archive = () => office.facts().reduce(evolveArchive, emptyArchive());
  const known = () =>
    office.log
      .recordsOf(topics.catalog, 0)
      .reduce(
        (history, { value, offset }) =>
          evolveHistory(history, decode(value) as CatalogFact, offset),
        createCatalogHistory(),
      ).now;
  // One writer, as on the real log: orders are taken one behind the other.
  let before: Promise<unknown> = Promise.resolve();
  const orders = {
    stripe(order: StripeOrder) {
      const decided = before.then(async () => {
        const decision = office.orders.stripe(order);
        await office.work();
        return decision;
      });
      before = decided.catch(() => {});
      return decided;
    },
  };
  const now = () => january;
  const till = createTill({ known, secrets, url, now });
  const runner = createStripeRunner({
    archive,
    till,
    orders,
    now,
    wallNow: () => clock.ms * 1_000,
    asked: given.asked ?? (() => {}),
    logger: { warn: () => {} },
  });
  return {
    runner,
    /** Turns until nothing is left to do, or all waits; the clock goes on by an hour so many times. */
    async work(hours = 0): Promise<void> {
      for (let left = hours; ; left -= 1) {
        while ((await runner.turn()) === "worked");
        if (left === 0) return;
        clock.ms += 3_600_000;
      }
    },
    desk: { archive, orders, known, till, runner, now, wallMs: () => clock.ms },
    clock,
  };
}

/** The routes, asked as finance of the tenant; `deliver` is Stripe. */
export async function openCounter(process: ReturnType<typeof openProcess>) {
  const warned: unknown[] = [];
  const server = createHttpServer({
    logger: createLogger("invoicer", () => {}),
    bodyBytesMax: 16_384,
    parseBody: (bytes) => bytes,
  });
  const caller = { role: "finance", tenant: "default", api_key: "k", scope: null } as const;
  const logger = { warn: (...words: readonly unknown[]) => void warned.push(words) };
  addStripeRoutes(server, { ...process.desk, access: createAccess(() => caller), logger });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    warned,
    ask: (...asked: Parameters<Ask>) => askServer(server, ...asked),
    async deliver(
      body: string,
      given: { readonly signature?: string; readonly path?: string } = {},
    ): Promise<number> {
      const at = Math.floor(process.clock.ms / 1_000);
      const answer = await fetch(`${url}/v1/stripe/webhook/${given.path ?? "default/main"}`, {
        method: "POST",
        headers: { "stripe-signature": given.signature ?? stripeSignature(body, secret, at) },
        body,
      });
      await answer.text();
      return answer.status;
    },
    close: () => server.close(),
  };
}

/** `INV-000001 handed, in_1 open 2500: …` of each invoice at Stripe, and how often each fact about Stripe is there. */
export function shown(office: Office, standIn: StripeStandIn): readonly string[] {
  const kinds = office
    .facts()
    .filter(({ kind }) => kind.startsWith("Stripe"))
    .map(({ kind }) => kind.replace("Stripe", ""));
  // Several are handed over at once: which of them is made first is chance.
  const invoices = standIn.standing().map((each) => shownOne(each, standIn));
  return [...invoices.toSorted(), kinds.toSorted().join(" ")];
}

function shownOne({ id, status, metadata }: StandInInvoice, standIn: StripeStandIn): string {
  const items = standIn.itemsOf(id).map(({ amount }) => amount);
  return `${metadata["tallybook_number"]} ${status} ${standIn.totalOf(id)}: ${items.join(" ")}`;
}

export function lastOf<Kind extends InvoicesFact["kind"]>(
  office: Office,
  kind: Kind,
): Extract<InvoicesFact, { kind: Kind }> | undefined {
  return office
    .facts()
    .findLast((fact): fact is Extract<InvoicesFact, { kind: Kind }> => fact.kind === kind);
}
