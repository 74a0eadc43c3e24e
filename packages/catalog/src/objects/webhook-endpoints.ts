import type { Collection } from "./collection.ts";
import { proseIn, textsIn } from "./read-texts.ts";

/** Everything that a receiver can be told of; which fact tells it is for the package that owns the fact. */
export const webhookTypes = [
  "invoice.drafted",
  "invoice.tax_unknown",
  "invoice.finalized",
  "invoice.sent",
  "invoice.overdue",
  "invoice.reminder",
  "invoice.voided",
  "payment.recorded",
  "payment.reversed",
  "credit_note.issued",
  "debit_note.issued",
  "credit.granted",
  "credit.applied",
  "credit.refunded",
  "dispute.opened",
  "dispute.settled",
] as const;

export type WebhookType = (typeof webhookTypes)[number];

/** Where somebody wants to be told what happens to invoices. Its secrets are no part of it: the invoicer makes them. */
export type WebhookEndpoint = {
  readonly url: string;
  /** What it is told of; everything, also what is to come, where it is empty. */
  readonly events: readonly WebhookType[];
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export const webhookEndpoints: Collection<WebhookEndpoint> = {
  collection: "webhook_endpoints",
  idField: "webhook_endpoint",
  idRule: "name",
  within: null,
  read(entry) {
    const url = entry.text("url", "prose");
    if (url !== "" && !isAddress(url))
      entry.fault(
        "url",
        "not_an_address",
        "it must be an address such as https://example.com/hooks, without user, password and #",
      );
    const events = entry.list("events", (json, at, faults) => {
      const type = webhookTypes.find((each) => each === json);
      if (type === undefined)
        faults.add(at, "not_an_option", `it must be one of ${webhookTypes.join(", ")}`);
      return type ?? webhookTypes[0];
    });
    if (new Set(events).size < events.length)
      entry.fault("events", "repeated", "one is named twice: name each once");
    return {
      url,
      events,
      description: proseIn(entry, "description"),
      metadata: textsIn(entry, "metadata"),
    };
  },
  references: () => [],
};

const lengthMax = 2_000;

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.length > lengthMax || /\s/.test(text)) return false;
  const { protocol, username, password, hash } = url;
  const isPlain = username === "" && password === "" && hash === "";
  return isPlain && (protocol === "https:" || protocol === "http:");
}
