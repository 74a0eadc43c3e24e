import type { StandingEndpoint } from "@tallybook/catalog";
import { nextAttemptAt, signatures, webhookBody, webhookEventOf } from "@tallybook/invoice";
import type { Delivery, InvoicesFact, WebhookAttempted } from "@tallybook/invoice";
import type { Log } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import type { Outbound, OutboundAnswer } from "@tallybook/service";
import { decode, topics } from "@tallybook/wire";

const msMax = 15_000;
/** Nobody reads what a receiver says. */
const answerBytesMax = 1_024;

/** Sends a message once, and says what came of it. Throws where the log does not tell the fact that it is of. */
export async function attempt(
  delivery: Delivery,
  given: {
    readonly endpoint: StandingEndpoint;
    /** One at least, the newest first. */
    readonly secrets: readonly string[];
    readonly log: Log;
    readonly outbound: Outbound;
    /** The wall clock. */
    readonly now: () => Micros;
    readonly stopping: AbortSignal;
  },
): Promise<WebhookAttempted> {
  const { endpoint, secrets, now, outbound, stopping } = given;
  const { message: id, tenant, offset } = delivery;
  const body = await bodyOf(given.log, offset);
  const timestamp = Math.floor(now() / 1_000_000);
  const answer = await outbound.send({
    url: endpoint.url,
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "Tallybook",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signatures({ id, timestamp, body }, secrets),
    },
    body: Buffer.from(body),
    msMax,
    answerBytesMax,
    stopping,
  });
  const attempted_at = now();
  const number = delivery.attempts + 1;
  const { status, detail } = told(answer);
  const of = { tenant, endpoint: endpoint.endpoint, version: endpoint.version, offset } as const;
  const made = { kind: "WebhookAttempted", ...of, attempt: number, status, detail } as const;
  if (detail === "") return { ...made, outcome: "delivered", attempted_at, next_at: null };
  if (status === 410) return { ...made, outcome: "gone", attempted_at, next_at: null };
  const next_at = nextAttemptAt(id, number, attempted_at, askedSeconds(answer)) ?? null;
  return { ...made, outcome: next_at === null ? "dead" : "failed", attempted_at, next_at };
}

async function bodyOf(log: Log, offset: number): Promise<string> {
  const { records } = await log.fetch(topics.invoices, 0, offset, { bytesMax: 1, waitMsMax: 0 });
  const record = records.find((each) => each.offset === offset);
  const event = record && webhookEventOf(decode(record.value) as InvoicesFact);
  if (event === undefined) throw new Error(`nothing at ${offset} of invoices tells anything`);
  return webhookBody(event);
}

/** Why it was not delivered; an empty text where it was. */
function told(answer: OutboundAnswer): { readonly status: number | null; readonly detail: string } {
  switch (answer.kind) {
    case "answered": {
      const { status } = answer;
      const isTaken = status >= 200 && status < 300;
      return { status, detail: isTaken ? "" : `the receiver answered ${status}` };
    }
    case "refused":
      return { status: null, detail: answer.detail };
    case "failed":
      return { status: null, detail: `${answer.reason}: ${answer.detail}` };
  }
}

/** Of Retry-After in seconds, by who is busy; as a date nobody writes it. */
function askedSeconds(answer: OutboundAnswer): number | undefined {
  if (answer.kind !== "answered" || (answer.status !== 429 && answer.status !== 503))
    return undefined;
  const asked = answer.headers["retry-after"] ?? "";
  return /^\d{1,9}$/.test(asked) ? Number(asked) : undefined;
}
