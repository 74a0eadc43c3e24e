import type { StripeEvent } from "@tallybook/invoice";
import { decimal, isZero, max, sub, sum, toText } from "@tallybook/money";
import type { Decimal, DecimalText } from "@tallybook/money";
import { Stripe } from "stripe";

/** How old a signature may be. */
export const toleranceSeconds = 300;

export type ReadEvent =
  | { readonly kind: "read"; readonly event: StripeEvent }
  /** The signature is not of this secret, of these bytes, or too old. */
  | { readonly kind: "unsigned" };

/**
 * What Stripe tells, once its signature over the very bytes that came is good: `atMs`, the wall clock's, is compared with the time in it.
 * Fields that a version of its API does not have are read as saying nothing.
 */
export function readStripeEvent(
  body: Buffer,
  signature: string,
  secret: string,
  atMs: number,
): ReadEvent {
  let event: Stripe.Event;
  try {
    event = Stripe.webhooks.constructEvent(
      body,
      signature,
      secret,
      toleranceSeconds,
      undefined,
      atMs,
    );
  } catch (error) {
    const isOurs =
      error instanceof Stripe.errors.StripeSignatureVerificationError ||
      error instanceof SyntaxError;
    if (isOurs) return { kind: "unsigned" };
    throw error;
  }
  return { kind: "read", event: eventOf(event) };
}

function eventOf({ id, type, created, data }: Stripe.Event): StripeEvent {
  const of = fieldsOf(data?.object);
  const about = { event: id, type, happened_at: created * 1_000_000 };
  switch (of.text("object")) {
    case "invoice":
      return { ...about, ...ofInvoice(of) };
    case "charge":
      return { ...about, ...ofCharge(of) };
    case "invoice_payment":
      return {
        ...about,
        ...nothing,
        stripe_invoice: of.id("invoice"),
        payment_intents: [of.within("payment").id("payment_intent")].filter(isSaid),
      };
    default:
      return { ...about, ...nothing, detail: `events of the type ${type} are not taken` };
  }
}

type About = Omit<StripeEvent, "event" | "type" | "happened_at">;

const nothing: About = {
  stripe_invoice: "",
  made_for: null,
  status: "",
  paid: null,
  charge: "",
  refunded: null,
  payment_intents: [],
  detail: "",
};

function ofInvoice(of: Fields): About {
  const intents = of
    .within("payments")
    .list("data")
    .map((each) => each.within("payment").id("payment_intent"));
  const { paid, offStripe } = takenFor(of);
  return {
    ...nothing,
    stripe_invoice: of.text("id"),
    made_for: ofOurs(of.within("metadata")),
    status: of.text("status"),
    paid,
    payment_intents: [of.id("payment_intent"), ...intents].filter(isSaid),
    detail: isZero(offStripe)
      ? troubleOf(of)
      : `${toText(offStripe)} was paid outside of Stripe: record that payment where it was received`,
  };
}

/** As it was written on it when it was made. */
function ofOurs(metadata: Fields): About["made_for"] {
  const [tenant, invoice] = [metadata.text("tallybook_tenant"), metadata.text("tallybook_invoice")];
  return tenant === "" || invoice === "" ? null : { tenant, invoice };
}

/** What Stripe has taken for an invoice, what went beyond it too; what was paid elsewhere is recorded where it came in. */
function takenFor(of: Fields): { readonly paid: DecimalText; readonly offStripe: Decimal } {
  const [amount, over] = [of.amount("amount_paid"), of.amount("amount_overpaid")];
  // Whether what goes beyond is within amount_paid is said nowhere: both come to this.
  const paid = isZero(over) ? amount : max(amount, sum([of.amount("amount_due"), over]));
  const isAllOff = of.flag("paid_out_of_band") && !of.has("amount_paid_off_stripe");
  const offStripe = isAllOff ? paid : of.amount("amount_paid_off_stripe");
  return { paid: toText(max(sub(paid, offStripe), decimal("0"))), offStripe };
}

/** Why an invoice could not be finalized, or paid, as far as Stripe says. */
function troubleOf(of: Fields): string {
  const why = of.within("last_finalization_error").text("message");
  if (why !== "") return why;
  const attempts = of.amount("attempt_count");
  if (of.text("status") !== "open" || isZero(attempts)) return "";
  const next = of.has("next_payment_attempt") ? "Stripe tries again" : "Stripe does not try again";
  return `not paid after ${toText(attempts)} attempts: ${next}`;
}

function ofCharge(of: Fields): About {
  return {
    ...nothing,
    stripe_invoice: of.id("invoice"),
    charge: of.text("id"),
    refunded: toText(of.amount("amount_refunded")),
    payment_intents: [of.id("payment_intent")].filter(isSaid),
  };
}

/** Fields of an object as they came: of another kind than expected they say nothing. */
interface Fields {
  text(name: string): string;
  /** Of an object that is named by its id, or is there whole. */
  id(name: string): string;
  /** Whole, zero or more. */
  amount(name: string): Decimal;
  flag(name: string): boolean;
  has(name: string): boolean;
  within(name: string): Fields;
  list(name: string): readonly Fields[];
}

function fieldsOf(value: unknown): Fields {
  const members = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const at = (name: string): unknown => (Object.hasOwn(members, name) ? members[name] : undefined);
  const text = (name: string): string => {
    const found = at(name);
    return typeof found === "string" ? found : "";
  };
  return {
    text,
    id: (name) => text(name) || fieldsOf(at(name)).text("id"),
    amount(name) {
      const found = at(name);
      const isWhole = typeof found === "number" && Number.isSafeInteger(found) && found >= 0;
      return decimal(isWhole ? String(found) : "0");
    },
    flag: (name) => at(name) === true,
    has: (name) => (at(name) ?? null) !== null,
    within: (name) => fieldsOf(at(name)),
    list(name) {
      const found = at(name);
      return Array.isArray(found) ? found.map(fieldsOf) : [];
    },
  };
}

function isSaid(text: string): boolean {
  return text !== "";
}
