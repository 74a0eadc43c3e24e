import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { CatalogFact } from "@tallybook/catalog";
import type { InvoiceDrafted, InvoiceFinalized, Webhooks, WebhooksFact } from "@tallybook/invoice";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import { createMemoryLog, follow } from "@tallybook/log";
import type { Log, MemoryLog } from "@tallybook/log";
import { createOutbound } from "@tallybook/service";
import type { Outbound } from "@tallybook/service";
import { createSecrets, createWebhookOrders, openCourier } from "@tallybook/service-invoicer";
import type { CourierOptions } from "@tallybook/service-invoicer";
import { decode, encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

export const start = 1_700_000_000_000_000;
export const second = 1_000_000;
export const hour = 3_600 * second;

type Dying = (point: Parameters<CourierOptions["reached"]>[0]) => void;

/** A courier on a log in memory, whose clock stands still unless it is moved. */
export async function openPostOffice(
  given: { readonly outbound?: Outbound; readonly log?: (log: MemoryLog) => Log } = {},
) {
  const log = createMemoryLog();
  await log.prepareTopics(
    [topics.catalog, topics.invoices, topics.webhooks].map((topic) => ({ topic, partitions: 1 })),
  );
  const writer = await log.producer();
  const write = async (topic: string, fact: Fact) =>
    void (await writer.send([{ topic, partition: 0, key: null, value: encode(fact) }]));
  const orders = createWebhookOrders();
  const secrets = createSecrets(Buffer.alloc(32, 7));
  let webhooks: Webhooks | undefined;
  const office = {
    log,
    orders,
    secrets,
    at: start,
    webhooks: () => webhooks,
    endpoint: (
      url: string,
      more: { id?: string; version?: number; archived?: boolean; events?: string[] } = {},
    ) => {
      const { id = "books", version = 1, archived = false, events = [] } = more;
      const collection = "webhook_endpoints";
      const body = { url, events };
      return write(topics.catalog, { ...revised, collection, id, version, archived, body });
    },
    /** Billing periods that begin before a time of RFC 3339 are in shadow. */
    shadow: (until: string) => {
      const place = { collection: "shadows", id: "trial", version: 1, archived: false };
      const body = { name: "trial", from: null, until, subscriptions: [], metadata: {} };
      return write(topics.catalog, { ...revised, ...place, body });
    },
    tell: (fact: InvoiceDrafted | InvoiceFinalized) => write(topics.invoices, fact),
    async secret(endpoint = "books", overlap = 24 * hour): Promise<string> {
      let secret = "";
      const placed = orders.place((state) => {
        const asked = { tenant: "default", endpoint, actor: "k", issued_at: office.at, overlap };
        const next = secrets.next(state, asked);
        secret = next.secret;
        return [next.issued];
      });
      await office.work();
      await placed;
      return secret;
    },
    /** A process: works until nothing is left to do now, or dies. */
    async work(dying: Dying = () => {}): Promise<void> {
      const catalog = await follow({
        log,
        idleMs: 1,
        topic: topics.catalog,
        initial: createCatalogHistory(),
        evolve: (history, fact, offset) => evolveHistory(history, fact as CatalogFact, offset),
      });
      const courier = await openCourier({
        log: given.log?.(log) ?? log,
        catalog,
        outbound: given.outbound ?? createOutbound(["127.0.0.1/32"]),
        secrets,
        orders,
        reached: dying,
        opened: (fold) => (webhooks = fold),
        now: () => office.at,
        stopping: new AbortController().signal,
      });
      try {
        for (let idle = 0; idle < 3;) {
          const outcome = await courier.turn();
          idle = outcome === "worked" ? 0 : idle + 1;
          await courier.settled();
        }
      } finally {
        await courier.close();
        await catalog.close();
      }
    },
    facts: () =>
      log.recordsOf(topics.webhooks, 0).map(({ value }) => decode(value) as WebhooksFact),
    deliveries: () =>
      [...(webhooks?.byEndpoint.values() ?? [])].flatMap(({ byOffset }) => [...byOffset.values()]),
  };
  await office.work();
  return office;
}

const revised = {
  kind: "ObjectRevised",
  tenant: "default",
  recorded_at: start,
  actor: "k",
  effective_at: start,
} as const;

export interface Taken {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver; what `answer` does not end is never answered. */
export async function openReceiver(
  answer: (taken: Taken, nth: number) => number | undefined | Record<string, string>,
) {
  const taken: Taken[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const one = { headers: incoming.headers, body: Buffer.concat(chunks).toString() };
      taken.push(one);
      const said = answer(one, taken.length);
      if (typeof said === "number") outgoing.writeHead(said).end();
      else if (said !== undefined) outgoing.writeHead(Number(said["status"]), said).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    taken,
    ids: () => taken.map(({ headers }) => String(headers["webhook-id"])),
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export function drafted(invoice: string): InvoiceDrafted {
  return {
    kind: "InvoiceDrafted",
    invoice,
    ...of,
    drafted_at: start,
    catalog_offset: 0,
    lines: [{ ...line }],
  };
}

export function finalized(invoice: string, number = "INV-000001"): InvoiceFinalized {
  return {
    due_at: null,
    kind: "InvoiceFinalized",
    invoice,
    number,
    ...of,
    finalized_at: start + hour,
    rounding: "0",
    total: "2000",
    entity: null,
    taxes: [],
    tax_basis: null,
    lines: [{ ...line, amount: "2000" }],
  };
}

const line = {
  transaction: "t1",
  transaction_kind: "fee",
  meter: null,
  dimensions: {},
  quantity: "1",
  exact: "20",
  description: "Base fee",
  period_from: start,
  period_to: start + hour,
  tax_category: null,
} as const;

const of = {
  tenant: "default",
  customer: "acme",
  subscription: "s1",
  plan: "dev",
  plan_version: 1,
  period_from: start,
  period_to: start + hour,
  currency: "USD",
  exact: "20",
  journal_step: 1,
  journal_hash: new Uint8Array(32),
  explanations: [],
  parts: [],
} as const;
