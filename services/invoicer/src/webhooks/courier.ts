import { timeOf, webhookEndpointOf, webhookEndpointsOf } from "@tallybook/catalog";
import type { StandingEndpoint } from "@tallybook/catalog";
import { dueOf, emptyWebhooks, endpointKey, evolveWebhooks } from "@tallybook/invoice";
import type {
  Delivery,
  EndpointDeliveries,
  InvoicesFact,
  WebhookAttempted,
  Webhooks,
  WebhooksFact,
} from "@tallybook/invoice";
import type { CatalogHistory } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Follower, Log, Turning } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import type { Outbound } from "@tallybook/service";
import { decode, encode, topics } from "@tallybook/wire";

import { attempt } from "./attempt.ts";
import type { WebhookOrders } from "./orders.ts";
import type { Secrets } from "./secrets.ts";
import { hasAskedFor, toldOf } from "./told.ts";

export interface CourierOptions {
  readonly log: Log;
  readonly catalog: Follower<CatalogHistory>;
  readonly outbound: Outbound;
  /** Undefined where the deployment has no key for them: then nothing is sent. */
  readonly secrets: Secrets | undefined;
  readonly orders: Pick<WebhookOrders, "next" | "done">;
  readonly reached: (point: "webhooks.queued" | "webhooks.sent" | "webhooks.noted") => void;
  /** Told of the fold, which the courier keeps up to date, when it is opened. */
  readonly opened: (webhooks: Webhooks) => void;
  /** The wall clock: deadlines of people elsewhere are not simulated. */
  readonly now: () => Micros;
  readonly stopping: AbortSignal;
}

export interface Courier extends Turning {
  /** Resolves when nothing is under way: for whoever takes the turns by hand. */
  settled(): Promise<void>;
}

const limits = { bytesMax: 1024 * 1024, waitMsMax: 100 };
/** Of one endpoint at once, and of one tenant: each is a connection. */
const inFlightMax = 4;
const inFlightOfTenantMax = 256;
/** Of one record. */
const messagesMax = 1_000;
const lookEvery: Micros = 100_000;

/**
 * The one writer of `webhooks`: queues what facts of `invoices` tell, sends it, and writes down what came of it. A loop of its own,
 * which billing never waits for. What was sent and not written down when it died is sent again, under the same id.
 */
export async function openCourier(options: CourierOptions): Promise<Courier> {
  const { log, catalog, outbound, secrets, orders, reached, now } = options;
  const writer = await log.transactor("tallybook.webhooks");
  const webhooks = emptyWebhooks();
  for await (const record of readAll(log, topics.webhooks, 0))
    evolveWebhooks(webhooks, decode(record.value) as WebhooksFact);
  options.opened(webhooks);

  let next = webhooks.until;
  let lookAt = 0;
  const closing = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  const answered: { readonly slot: string; readonly fact: WebhookAttempted }[] = [];
  let failure: unknown;

  async function write(facts: readonly WebhooksFact[]): Promise<void> {
    const partition = 0;
    await writer.commit(
      facts.map((fact) => ({ topic: topics.webhooks, partition, key: null, value: encode(fact) })),
    );
    for (const fact of facts) evolveWebhooks(webhooks, fact);
    lookAt = 0;
  }

  async function noteAnswers(): Promise<boolean> {
    const noted = answered.splice(0);
    if (noted.length > 0) {
      reached("webhooks.sent");
      await write(noted.map(({ fact }) => fact));
      reached("webhooks.noted");
      // Not before: the next one about the same invoice follows what is written.
      for (const { slot } of noted) underWay.delete(slot);
    }
    // Behind what is known: nobody gets a message twice because another one could not be made.
    if (failure !== undefined) throw failure;
    return noted.length > 0;
  }

  async function takeOrder(): Promise<boolean> {
    const order = orders.next();
    if (order === undefined) return false;
    const facts = order(webhooks);
    if (facts.length > 0) await write(facts);
    orders.done(order, facts);
    return true;
  }

  /** An endpoint is told of what happens from its first fact on: whatever was asked of the catalog before a fact is known with it. */
  async function queueNext(): Promise<boolean> {
    if (next === undefined) {
      next = await log.endOffset(topics.invoices, 0);
      await write([{ kind: "WebhooksQueued", until: next, messages: [] }]);
      return true;
    }
    const fetched = await log.fetch(topics.invoices, 0, next, limits);
    if (fetched.records.length > 0) {
      const known = await log.endOffset(topics.catalog, 0);
      await catalog.until((_, offset) => offset >= known, options.stopping);
      const messages = fetched.records.flatMap(({ value, offset }) =>
        messagesFor(decode(value) as InvoicesFact, offset),
      );
      const until = fetched.next;
      const chunks = Array.from(
        { length: Math.ceil(messages.length / messagesMax) || 1 },
        (_, at) => messages.slice(at * messagesMax, (at + 1) * messagesMax),
      );
      await write(chunks.map((some) => ({ kind: "WebhooksQueued", until, messages: some })));
      reached("webhooks.queued");
    }
    next = fetched.next;
    return fetched.records.length > 0;
  }

  function messagesFor(fact: InvoicesFact, offset: number) {
    const current = catalog.state().now;
    const event = toldOf(fact, current);
    if (event === undefined) return [];
    const { type, object } = event;
    return webhookEndpointsOf(current, fact.tenant, timeOf(current, now()))
      .filter((endpoint) => isServed(endpoint) && hasAskedFor(endpoint, type))
      .map(({ tenant, endpoint }) => ({ tenant, endpoint, offset, type, object }));
  }

  function isServed({ tenant, endpoint, version, archived }: StandingEndpoint): boolean {
    const gone = webhooks.byEndpoint.get(endpointKey(tenant, endpoint))?.goneVersion ?? 0;
    return !archived && version > gone;
  }

  function startDue(): boolean {
    const at = now();
    if (secrets === undefined || at < lookAt) return false;
    lookAt = at + lookEvery;
    const current = catalog.state().now;
    let isAny = false;
    for (const of of webhooks.byEndpoint.values()) {
      if (of.pending.size === 0) continue;
      const endpoint = webhookEndpointOf(current, of, timeOf(current, at));
      if (endpoint === undefined || !isServed(endpoint)) continue;
      const signing = secrets.at(of, at);
      if (signing === undefined || signing.length === 0) continue;
      for (const delivery of startable(of, at)) {
        start(delivery, endpoint, signing);
        isAny = true;
      }
    }
    return isAny;
  }

  function startable(of: EndpointDeliveries, at: Micros): readonly Delivery[] {
    const room = Math.min(
      inFlightMax - countUnderWay(endpointKey(of.tenant, of.endpoint)),
      inFlightOfTenantMax - countUnderWay(of.tenant),
    );
    if (room <= 0) return [];
    return dueOf(of, at)
      .filter((delivery) => !underWay.has(slotOf(delivery)))
      .slice(0, room);
  }

  /** Of an endpoint, or of a tenant. */
  function countUnderWay(key: string): number {
    return [...underWay.keys()].filter((slot) => slot.startsWith(`${key}\u001f`)).length;
  }

  function start(delivery: Delivery, endpoint: StandingEndpoint, signing: readonly string[]): void {
    const slot = slotOf(delivery);
    const sent = attempt(delivery, {
      endpoint,
      secrets: signing,
      log,
      outbound,
      now,
      stopping: closing.signal,
    });
    underWay.set(
      slot,
      sent.then(
        (fact) => void answered.push({ slot, fact }),
        (error: unknown) => {
          failure = error;
        },
      ),
    );
  }

  return {
    async turn() {
      const noted = await noteAnswers();
      const ordered = await takeOrder();
      const queued = await queueNext();
      const started = startDue();
      return noted || ordered || queued || started ? "worked" : "idle";
    },
    settled: async () => void (await Promise.all(underWay.values())),
    async close() {
      // Whoever goes on must not send beside what is under way here.
      closing.abort();
      await Promise.all(underWay.values());
      await writer.close();
    },
  };
}

function slotOf({ tenant, endpoint, object }: Delivery): string {
  return `${endpointKey(tenant, endpoint)}\u001f${object}`;
}
