import { stripeItems } from "@tallybook/invoice";
import type {
  InvoiceFinalized,
  StripeHandOff,
  StripeHandOffOrdered,
  StripeItem,
  StripeOutcome,
} from "@tallybook/invoice";
import type { KnownInvoice, StripeApi } from "@tallybook/stripe";

/** What asking Stripe needs. */
export interface Handing {
  readonly api: StripeApi;
  /**
   * How many answers of this hand-off Stripe keeps that say that it failed: a key is of no use behind one, so the next is made. Who starts
   * anew begins at 0, and comes to the same keys.
   */
  readonly failed: number;
}

/**
 * Hands an invoice to Stripe: a draft, an item for each of its own, and then, when Stripe comes to the very amount, it is finalized. Looked at first is
 * what is there, so that who died goes on; and each request has a key that follows from the hand-off and the step, so that of two who do the
 * same at once each thing is done once. Throws StripeAway where it is to be done again later, StripeRefusal where it is not to be done.
 */
export async function handOver(
  { ordered }: StripeHandOff,
  invoice: InvoiceFinalized,
  { api, failed }: Handing,
): Promise<StripeOutcome> {
  const items = stripeItems(invoice, ordered);
  if (typeof items === "string") return refused(items);
  const wanted = totalOf(items);
  const made = await api.made(ordered);
  const earlier = await giveUpEarlier(made, ordered, { api, failed });
  if (earlier !== undefined) return refused(earlier);
  const key = (step: string) => keyOf(ordered, step, failed);
  const found = made.find(({ hand_off }) => hand_off === ordered.hand_off);
  let own = found ?? (await api.create(ordered, key("invoice")));
  if (own.status === "draft") {
    const there = await api.itemsOf(own.stripe_invoice);
    for (const item of items)
      if (!there.has(item.item)) await api.addItem(ordered, own, item, key(`item-${item.item}`));
    own = await api.get(own.stripe_invoice);
  }
  const { stripe_invoice } = own;
  if (own.status === "void" || own.status === "uncollectible")
    return refused(`${stripe_invoice} is ${own.status} at Stripe: hand the invoice over again`);
  if (own.total !== wanted)
    return refused(
      `${stripe_invoice} comes to ${own.total} at Stripe, and is to come to ${wanted}: nothing is collected; look what else is on that draft, such as taxes or discounts of Stripe's own`,
    );
  if (own.status === "draft") own = await api.finalize(stripe_invoice, key("finalize"));
  const { payment_intents, hosted_url } = own;
  return { kind: "handed", stripe_invoice, payment_intents, hosted_url };
}

/** Has Stripe collect an invoice no more, whatever hand-offs of it there are. Throws as `handOver` does. */
export async function withdraw(
  { ordered, handed }: StripeHandOff,
  { api, failed }: Handing,
): Promise<StripeOutcome> {
  const made = await api.made(ordered);
  const isListed = made.some(({ stripe_invoice }) => stripe_invoice === handed?.stripe_invoice);
  const all = handed === null || isListed ? made : [...made, await api.get(handed.stripe_invoice)];
  const paid = all.find(({ status }) => status === "paid");
  if (paid !== undefined)
    return {
      kind: "refused",
      asked: "withdrawal",
      reason: `${paid.stripe_invoice} is paid at Stripe: give back by a credit note, or refund it there`,
    };
  for (const each of all) await endOf(each, ordered, { api, failed });
  return { kind: "withdrawn" };
}

/** What is left at Stripe of hand-offs that were refused; a text says why the next one must not be made. */
async function giveUpEarlier(
  made: readonly KnownInvoice[],
  ordered: StripeHandOffOrdered,
  handing: Handing,
): Promise<string | undefined> {
  const earlier = made.filter(({ hand_off }) => hand_off < ordered.hand_off);
  const paid = earlier.find(({ status }) => status === "paid");
  if (paid !== undefined)
    return `${paid.stripe_invoice}, which was made for an earlier hand-off, is paid at Stripe: record that payment`;
  for (const each of earlier) await endOf(each, ordered, handing);
  return undefined;
}

async function endOf(
  { stripe_invoice, status }: KnownInvoice,
  ordered: StripeHandOffOrdered,
  { api, failed }: Handing,
): Promise<void> {
  if (status === "draft") await api.drop(stripe_invoice);
  if (status === "open" || status === "uncollectible")
    await api.takeBack(stripe_invoice, keyOf(ordered, `void-${stripe_invoice}`, failed));
}

function keyOf({ invoice, hand_off }: StripeHandOffOrdered, step: string, failed: number): string {
  return `tallybook-${invoice}-${hand_off}-${step}-${failed}`;
}

function totalOf(items: readonly StripeItem[]): string {
  return String(items.reduce((total, { amount }) => total + BigInt(amount), 0n));
}

function refused(reason: string): StripeOutcome {
  return { kind: "refused", asked: "hand_off", reason };
}
