import type { StripeHandOffOrdered, StripeItem } from "@tallybook/invoice";
import type { DecimalText } from "@tallybook/money";
import { Stripe } from "stripe";

/** An invoice at Stripe that was made for one of ours. */
export interface KnownInvoice {
  /** Stripe's id. */
  readonly stripe_invoice: string;
  /** Of the hand-off that it was made for. */
  readonly hand_off: number;
  /** `draft`, `open`, `paid`, `uncollectible` or `void`. */
  readonly status: string;
  /** As Stripe counts the currency. */
  readonly total: DecimalText;
  /** Where the customer can pay; empty where there is no such page. */
  readonly hosted_url: string;
  /** Intents to pay it. */
  readonly payment_intents: readonly string[];
}

/** What is asked of Stripe; each request that makes or changes something has its own key, under which it happens once. */
export interface StripeApi {
  /** Those of a customer that were made for an invoice of ours, the newest first. */
  made(of: Ordered): Promise<readonly KnownInvoice[]>;
  /** A draft that Stripe leaves alone until it is finalized. */
  create(of: Ordered, key: string): Promise<KnownInvoice>;
  /** Places of the items that an invoice has. */
  itemsOf(stripe_invoice: string): Promise<ReadonlySet<number>>;
  addItem(
    of: Ordered,
    to: Pick<KnownInvoice, "stripe_invoice">,
    item: StripeItem,
    key: string,
  ): Promise<void>;
  get(stripe_invoice: string): Promise<KnownInvoice>;
  /** Stripe collects it from then on. */
  finalize(stripe_invoice: string, key: string): Promise<KnownInvoice>;
  /** Takes back one that is finalized. */
  takeBack(stripe_invoice: string, key: string): Promise<void>;
  /** Deletes a draft. */
  drop(stripe_invoice: string): Promise<void>;
  /** Stripe's invoice that an intent is to pay; undefined where it pays none. */
  invoiceOf(payment_intent: string): Promise<string | undefined>;
}

type Ordered = Pick<
  StripeHandOffOrdered,
  | "tenant"
  | "invoice"
  | "number"
  | "hand_off"
  | "currency"
  | "stripe_customer"
  | "collection"
  | "days_until_due"
>;

/** Stripe does not do it, however often it is asked; the message says why. */
export class StripeRefusal extends Error {
  override readonly name = "StripeRefusal";
}

/** It may have been done or not, or is to be asked again later; the message says why. */
export class StripeAway extends Error {
  override readonly name = "StripeAway";
  /** Stripe has answered that it failed, and answers so whenever it is asked under this key. */
  readonly isKept: boolean;
  constructor(message: string, isKept: boolean) {
    super(message);
    this.isKept = isKept;
  }
}

const msMax = 20_000;
const pageMax = 100;
/** Of an invoice: Stripe takes no more items. */
const itemsMax = 250;

/** `url`: where Stripe's API is. Nothing is asked before a method is called; each throws StripeRefusal or StripeAway. */
export function connectStripe(key: string, url: string): StripeApi {
  const { protocol, hostname, port } = new URL(url);
  const stripe = new Stripe(key, {
    protocol: protocol === "http:" ? "http" : "https",
    host: hostname,
    ...(port === "" ? {} : { port }),
    timeout: msMax,
    // Who asks again is the worker, which looks first at what is there.
    maxNetworkRetries: 0,
    telemetry: false,
  });
  return {
    made: ({ stripe_customer, tenant, invoice }) =>
      told(async () => {
        const page = await stripe.invoices.list({
          customer: stripe_customer,
          limit: pageMax,
          expand: ["data.payments"],
        });
        return page.data
          .filter(({ metadata }) => isOf(metadata, { tenant, invoice }))
          .map(knownInvoice);
      }),
    create: (of, idempotencyKey) =>
      told(async () =>
        knownInvoice(
          await stripe.invoices.create(
            {
              customer: of.stripe_customer,
              currency: of.currency.toLowerCase(),
              collection_method: of.collection,
              ...(of.days_until_due === null ? {} : { days_until_due: of.days_until_due }),
              auto_advance: false,
              // What else waits at Stripe for this customer is asked for by others.
              pending_invoice_items_behavior: "exclude",
              description: of.number,
              metadata: metadataOf(of),
            },
            { idempotencyKey },
          ),
        ),
      ),
    itemsOf: (invoice) =>
      told(async () => {
        const places = new Set<number>();
        const list = stripe.invoiceItems.list({ invoice, limit: pageMax });
        for (const { metadata } of await list.autoPagingToArray({ limit: itemsMax }))
          places.add(Number(metadata?.[itemName] ?? 0));
        return places;
      }),
    addItem: (of, { stripe_invoice }, { item, description, amount }, idempotencyKey) =>
      told(async () => {
        await stripe.invoiceItems.create(
          {
            customer: of.stripe_customer,
            invoice: stripe_invoice,
            currency: of.currency.toLowerCase(),
            amount: wholeOf(amount),
            description,
            // Discounts of Stripe's own would make the total another one than ours.
            discountable: false,
            metadata: { ...metadataOf(of), [itemName]: String(item) },
          },
          { idempotencyKey },
        );
      }),
    get: (invoice) =>
      told(async () =>
        knownInvoice(await stripe.invoices.retrieve(invoice, { expand: ["payments"] })),
      ),
    finalize: (invoice, idempotencyKey) =>
      told(async () =>
        knownInvoice(
          await stripe.invoices.finalizeInvoice(
            invoice,
            { auto_advance: true, expand: ["payments"] },
            { idempotencyKey },
          ),
        ),
      ),
    takeBack: (invoice, idempotencyKey) =>
      told(async () => {
        await stripe.invoices.voidInvoice(invoice, {}, { idempotencyKey });
      }),
    drop: (invoice) =>
      told(async () => {
        await stripe.invoices.del(invoice);
      }),
    invoiceOf: (payment_intent) =>
      told(async () => {
        const payment = { type: "payment_intent", payment_intent } as const;
        const [first] = (await stripe.invoicePayments.list({ payment, limit: 1 })).data;
        if (first === undefined) return undefined;
        return typeof first.invoice === "string" ? first.invoice : first.invoice.id;
      }),
  };
}

const itemName = "tallybook_item";

function metadataOf({ tenant, invoice, number, hand_off }: Ordered): Record<string, string> {
  return {
    tallybook_tenant: tenant,
    tallybook_invoice: invoice,
    tallybook_number: number,
    tallybook_hand_off: String(hand_off),
  };
}

function isOf(
  metadata: Readonly<Record<string, string>> | null,
  { tenant, invoice }: Pick<Ordered, "tenant" | "invoice">,
): boolean {
  return metadata?.["tallybook_tenant"] === tenant && metadata["tallybook_invoice"] === invoice;
}

function knownInvoice({
  id,
  status,
  total,
  hosted_invoice_url,
  metadata,
  payments,
}: Stripe.Invoice): KnownInvoice {
  const intents = (payments?.data ?? []).flatMap(({ payment }) => {
    const { payment_intent: intent } = payment;
    return intent === undefined ? [] : [typeof intent === "string" ? intent : intent.id];
  });
  return {
    stripe_invoice: id,
    hand_off: Number(metadata?.["tallybook_hand_off"] ?? 0),
    status: status ?? "draft",
    total: String(total),
    hosted_url: hosted_invoice_url ?? "",
    payment_intents: intents,
  };
}

/** Stripe's own library counts in numbers. */
function wholeOf(amount: DecimalText): number {
  const whole = Number(amount);
  if (Number.isSafeInteger(whole)) return whole;
  throw new StripeRefusal(`${amount} is more than Stripe takes of an item`);
}

/** Only this function decides what an error of Stripe's library means. */
async function told<What>(ask: () => Promise<What>): Promise<What> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const { statusCode = 0, code } = error;
    if (statusCode === 401 || statusCode === 403)
      throw new StripeAway(
        `Stripe does not let us in (${statusCode}): look at the key of its API`,
        false,
      );
    if (statusCode >= 500) throw new StripeAway(`Stripe answered ${statusCode}`, true);
    const isLater = statusCode === 0 || statusCode === 409 || statusCode === 429;
    if (isLater)
      throw new StripeAway(
        statusCode === 0 ? error.message : `Stripe answered ${statusCode}`,
        false,
      );
    throw new StripeRefusal(code === undefined ? error.message : `${error.message} (${code})`);
  }
}
