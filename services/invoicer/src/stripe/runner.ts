import { isWaiting, stripeKey } from "@tallybook/invoice";
import type { StripeHandOff, StripeOutcome } from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";
import type { Logger } from "@tallybook/service";
import { StripeAway, StripeRefusal } from "@tallybook/stripe";
import type { StripeApi } from "@tallybook/stripe";

import { findInvoice } from "../archive.ts";
import type { Archive } from "../archive.ts";
import type { Orders } from "../orders.ts";
import { handOver, withdraw } from "./hand.ts";
import type { Till } from "./till.ts";

/** Why a hand-off waits, and until when, by the wall clock. */
export interface Trouble {
  readonly why: string;
  readonly next_at: Micros;
}

export interface StripeRunner {
  turn(): Promise<"worked" | "idle">;
  /** Undefined where nothing is in the way. */
  troubleOf(handOff: StripeHandOff): Trouble | undefined;
}

const atOnceMax = 4;
const second: Micros = 1_000_000;
const delays = [5, 30, 120, 600, 3_600].map((seconds) => seconds * second);

/**
 * Asks Stripe for what is ordered, several hand-offs at once, and has written down what comes of it. Where Stripe is away, it is asked again after 5 s, 30 s,
 * 2 and 10 minutes, and then every hour; who starts anew asks at once. Who dies in between looks at what is there and goes on.
 */
export function createStripeRunner(given: {
  readonly archive: () => Archive;
  readonly till: Till;
  readonly orders: Pick<Orders, "stripe">;
  /** The deployment's clock. */
  readonly now: () => Micros;
  readonly wallNow: () => Micros;
  /** Told of each request that Stripe has answered, or not. */
  readonly asked: () => void;
  readonly logger: Pick<Logger, "warn">;
}): StripeRunner {
  const { archive, till, orders, now, wallNow, asked, logger } = given;
  const troubles = new Map<string, Trouble & { readonly tries: number; readonly failed: number }>();

  function dueNow(): readonly StripeHandOff[] {
    const { waiting, handOffs } = archive().receivables.stripe;
    const due: StripeHandOff[] = [];
    for (const key of waiting) {
      const handOff = handOffs.get(key);
      if (handOff === undefined) continue;
      if ((troubles.get(troubleKey(handOff))?.next_at ?? 0) <= wallNow()) due.push(handOff);
      if (due.length === atOnceMax) break;
    }
    return due;
  }

  async function settle(handOff: StripeHandOff): Promise<void> {
    const { tenant, invoice, hand_off } = handOff.ordered;
    const outcome = await outcomeOf(handOff);
    if (outcome === undefined) return;
    const order = { order: "note_stripe", tenant, invoice, hand_off, outcome } as const;
    await orders.stripe({ ...order, noted_at: now() });
    troubles.delete(troubleKey(handOff));
  }

  async function outcomeOf(handOff: StripeHandOff): Promise<StripeOutcome | undefined> {
    const { tenant, account, invoice: id } = handOff.ordered;
    const key = troubleKey(handOff);
    const { tries = 0, failed = 0 } = troubles.get(key) ?? {};
    try {
      const api = answering(till.api(tenant, account), asked);
      if (handOff.withdrawal !== null) return await withdraw(handOff, { api, failed });
      const invoice = findInvoice(archive(), tenant, id);
      if (invoice?.kind !== "InvoiceFinalized") throw new Error(`there is no invoice ${id}`);
      return await handOver(handOff, invoice, { api, failed });
    } catch (error) {
      const asked_for = handOff.withdrawal === null ? "hand_off" : "withdrawal";
      if (error instanceof StripeRefusal)
        return { kind: "refused", asked: asked_for, reason: `Stripe: ${error.message}` };
      const isKept = error instanceof StripeAway && error.isKept;
      const why = (error as Error).message;
      const delay = delays[Math.min(tries, delays.length - 1)] ?? second;
      const next_at = wallNow() + delay;
      troubles.set(key, { why, next_at, tries: tries + 1, failed: failed + (isKept ? 1 : 0) });
      logger.warn("Stripe is asked again later", { invoice: handOff.ordered.number, why });
      return undefined;
    }
  }

  return {
    async turn() {
      const due = dueNow();
      if (due.length === 0) return "idle";
      try {
        await Promise.all(due.map(settle));
      } catch (error) {
        // The writer waits for Kafka: what Stripe has done is found there, and noted then.
        if (error instanceof Problem) return "idle";
        throw error;
      }
      return "worked";
    },
    troubleOf: (handOff) => (isWaiting(handOff) ? troubles.get(troubleKey(handOff)) : undefined),
  };
}

/** Of a hand-off, or of its withdrawal. */
function troubleKey({ ordered, withdrawal }: StripeHandOff): string {
  const { tenant, invoice, hand_off } = ordered;
  return stripeKey(tenant, `${invoice} ${hand_off} ${withdrawal === null ? "hand" : "withdraw"}`);
}

/** Tells of each request when it has ended. */
function answering(api: StripeApi, asked: () => void): StripeApi {
  const told =
    <Given extends readonly unknown[], What>(ask: (...given: Given) => Promise<What>) =>
    async (...parameters: Given): Promise<What> => {
      const answer = await ask(...parameters);
      asked();
      return answer;
    };
  return {
    made: told(api.made),
    create: told(api.create),
    itemsOf: told(api.itemsOf),
    addItem: told(api.addItem),
    get: told(api.get),
    finalize: told(api.finalize),
    takeBack: told(api.takeBack),
    drop: told(api.drop),
    invoiceOf: told(api.invoiceOf),
  };
}
