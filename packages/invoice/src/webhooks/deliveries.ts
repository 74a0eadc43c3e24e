import type { Micros } from "@tallybook/periods";

import { messageId } from "./events.ts";
import type {
  AttemptOutcome,
  QueuedMessage,
  WebhookAttempted,
  WebhookSecretIssued,
  WebhooksFact,
} from "./facts.ts";

/** A message to an endpoint, and what became of it. */
export interface Delivery extends QueuedMessage {
  /** The `webhook-id`. */
  readonly message: string;
  readonly tenant: string;
  readonly endpoint: string;
  readonly status: "pending" | "delivered" | "dead";
  /** Since it was queued, or somebody asked for it again. */
  readonly attempts: number;
  /** The last one; null before the first. */
  readonly last: Pick<WebhookAttempted, "outcome" | "status" | "detail" | "attempted_at"> | null;
  /** pending: from when on it may be sent, by the wall clock. */
  readonly next_at: Micros;
}

/** What is known of an endpoint besides what the catalog says. The fold owns its maps. */
export interface EndpointDeliveries {
  readonly tenant: string;
  readonly endpoint: string;
  /** Newest first, two at most. */
  secrets: readonly WebhookSecretIssued[];
  /** The version of the endpoint that has answered 410; 0: none. */
  goneVersion: number;
  /** By the offset of their facts; of what is delivered, the last 10,000. */
  readonly byOffset: Map<number, Delivery>;
  /** Offsets of what is delivered and still in `byOffset`, in the order of its delivery. */
  readonly delivered: Set<number>;
  /** Offsets of what is pending by its object, in their order. */
  readonly pending: Map<string, readonly number[]>;
}

/** The fold of the topic `webhooks`. */
export interface Webhooks {
  /** Facts of `invoices` below it are queued; undefined before the first look. */
  until: number | undefined;
  readonly byEndpoint: Map<string, EndpointDeliveries>;
}

export function emptyWebhooks(): Webhooks {
  return { until: undefined, byEndpoint: new Map() };
}

export function endpointKey(tenant: string, endpoint: string): string {
  return `${tenant}\u001f${endpoint}`;
}

/** Takes a fact in; one that says again what is known changes nothing. */
export function evolveWebhooks(webhooks: Webhooks, fact: WebhooksFact): Webhooks {
  switch (fact.kind) {
    case "WebhooksQueued":
      for (const { tenant, endpoint, ...message } of fact.messages)
        queue(deliveriesOf(webhooks, tenant, endpoint), message);
      webhooks.until = Math.max(fact.until, webhooks.until ?? 0);
      return webhooks;
    case "WebhooksReplayed": {
      const of = deliveriesOf(webhooks, fact.tenant, fact.endpoint);
      for (const message of fact.messages) {
        leave(of, message);
        of.byOffset.delete(message.offset);
        of.delivered.delete(message.offset);
        queue(of, message);
      }
      return webhooks;
    }
    case "WebhookAttempted":
      attempted(deliveriesOf(webhooks, fact.tenant, fact.endpoint), fact);
      return webhooks;
    case "WebhookSecretIssued": {
      const of = deliveriesOf(webhooks, fact.tenant, fact.endpoint);
      const [newest] = of.secrets;
      if (newest === undefined || newest.number < fact.number)
        of.secrets = [fact, ...of.secrets].slice(0, 2);
      return webhooks;
    }
  }
}

/**
 * What may be sent now, the oldest of each object alone, in the order of the facts: `at` by the wall clock. An endpoint that is away
 * keeps back nobody's but its own.
 */
export function dueOf(of: EndpointDeliveries, at: Micros): readonly Delivery[] {
  const due = [...of.pending.values()].flatMap(([first]) => {
    const delivery = first === undefined ? undefined : of.byOffset.get(first);
    return delivery !== undefined && delivery.next_at <= at ? [delivery] : [];
  });
  return due.toSorted((one, other) => one.offset - other.offset);
}

/** The secrets that sign at a time, the newest first. */
export function secretsAt(
  { secrets }: EndpointDeliveries,
  at: Micros,
): readonly WebhookSecretIssued[] {
  const [newest, previous] = secrets;
  if (newest === undefined) return [];
  const isBoth = previous !== undefined && at < (newest.previous_until ?? 0);
  return isBoth ? [newest, previous] : [newest];
}

function deliveriesOf(
  { byEndpoint }: Webhooks,
  tenant: string,
  endpoint: string,
): EndpointDeliveries {
  const key = endpointKey(tenant, endpoint);
  let of = byEndpoint.get(key);
  if (of === undefined) {
    const [byOffset, pending] = [new Map<number, Delivery>(), new Map<string, number[]>()];
    const delivered = new Set<number>();
    of = { tenant, endpoint, secrets: [], goneVersion: 0, byOffset, delivered, pending };
    byEndpoint.set(key, of);
  }
  return of;
}

function queue(of: EndpointDeliveries, { offset, type, object }: QueuedMessage): void {
  if (of.byOffset.has(offset)) return;
  const { tenant, endpoint } = of;
  const message = messageId(tenant, endpoint, offset);
  const fresh = { status: "pending", attempts: 0, last: null, next_at: 0 } as const;
  of.byOffset.set(offset, { offset, type, object, message, tenant, endpoint, ...fresh });
  const waiting = [...(of.pending.get(object) ?? []), offset].toSorted((one, two) => one - two);
  of.pending.set(object, waiting);
}

function attempted(of: EndpointDeliveries, fact: WebhookAttempted): void {
  const delivery = of.byOffset.get(fact.offset);
  if (delivery?.status !== "pending") return;
  const { attempt, outcome, status, detail, attempted_at, next_at } = fact;
  const next: Delivery = {
    ...delivery,
    status: statusBy[outcome],
    // Another version of the endpoint has all attempts before it.
    attempts: outcome === "gone" ? 0 : attempt,
    last: { outcome, status, detail, attempted_at },
    next_at: next_at ?? 0,
  };
  of.byOffset.set(fact.offset, next);
  if (next.status !== "pending") leave(of, delivery);
  if (next.status === "delivered") of.delivered.add(fact.offset);
  for (const [oldest] of of.delivered.entries()) {
    if (of.delivered.size <= deliveredMax) break;
    of.delivered.delete(oldest);
    of.byOffset.delete(oldest);
  }
  if (outcome === "gone") of.goneVersion = Math.max(of.goneVersion, fact.version);
}

const deliveredMax = 10_000;

/** What was refused by 410 waits for another version of its endpoint. */
const statusBy: Readonly<Record<AttemptOutcome, Delivery["status"]>> = {
  delivered: "delivered",
  failed: "pending",
  dead: "dead",
  gone: "pending",
};

function leave(of: EndpointDeliveries, { object, offset }: QueuedMessage): void {
  const left = (of.pending.get(object) ?? []).filter((each) => each !== offset);
  if (left.length === 0) of.pending.delete(object);
  else of.pending.set(object, left);
}
