import type {
  Decision,
  DisputeOpened,
  DisputeSettled,
  FinalizationOverridden,
  LifeFact,
  LifeOrder,
  StripeDecision,
  StripeOrder,
  TaxCalculated,
  TaxUnknown,
} from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";

/** A draft that somebody wants finalized. */
export interface FinalizeOrder {
  readonly kind: "finalize";
  readonly tenant: string;
  /** Its id. */
  readonly invoice: string;
  /** The deployment's clock when it was asked for. */
  readonly asked_at?: Micros;
  /** Written with it, where a calculator has told its taxes. */
  readonly calculated?: TaxCalculated;
  /** Written with it, where a person takes it upon themselves that something does not reconcile. */
  readonly overridden?: FinalizationOverridden;
}

/** A fact about a dispute; one that is there already, or is of none that is open, changes nothing. */
export interface DisputeOrder {
  readonly kind: "dispute";
  readonly fact: DisputeOpened | DisputeSettled;
}

/** What somebody asks for an invoice that is finalized, or for the money for it. */
export interface LifeOrdered {
  readonly kind: "life";
  readonly order: LifeOrder;
}

/** What is asked about an invoice that Stripe collects, or what Stripe has told. */
export interface StripeOrdered {
  readonly kind: "stripe";
  readonly order: StripeOrder;
}

/** Nobody can tell the tax of a draft that is due; nothing where it is finalized. */
export interface UntoldOrder {
  readonly kind: "untold";
  readonly fact: TaxUnknown;
}

export type Order = FinalizeOrder | DisputeOrder | LifeOrdered | StripeOrdered | UntoldOrder;

/** What an order about the life of an invoice came to. */
export type LifeDecision = Decision<LifeFact>;

/** What an order that is decided came to. */
export type OrderDecision = LifeDecision | StripeDecision;

/** What people ask of the one writer of `invoices`, which takes one between two pieces of its own work. */
export interface Orders {
  /**
   * Resolves when it is done, or there is nothing to do: whoever looks then sees it. Throws a Problem (503) where that takes longer
   * than half a minute, and where too many orders wait.
   */
  finalize(order: Omit<FinalizeOrder, "kind">): Promise<void>;
  dispute(fact: DisputeOrder["fact"]): Promise<void>;
  untold(fact: TaxUnknown): Promise<void>;
  /** What the writer has decided by all facts before it; whoever looks then sees what it wrote. */
  life(order: LifeOrder): Promise<LifeDecision>;
  stripe(order: StripeOrder): Promise<StripeDecision>;
  /** The next one; it stays the next until it is done, so that a worker that is opened again finds it. */
  next(): Order | undefined;
  /** `decision`: of an order about the life of an invoice, or about Stripe. */
  done(order: Order, decision?: OrderDecision): void;
}

const waitingMax = 200;
const msMaxUsual = 30_000;

export function createOrders(msMax = msMaxUsual): Orders {
  type Answered = OrderDecision | undefined;
  const waiting: { readonly order: Order; readonly resolve: (answer: Answered) => void }[] = [];
  function place(order: Order): Promise<Answered> {
    if (waiting.length >= waitingMax) throw tooLate("Too many orders wait: send it again later.");
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(tooLate("It takes longer than usual: look at the invoice, or send it again.")),
        msMax,
      );
      waiting.push({
        order,
        resolve(answer) {
          clearTimeout(late);
          resolve(answer);
        },
      });
    });
  }
  return {
    async finalize({ tenant, invoice, asked_at, calculated, overridden }) {
      await place({
        kind: "finalize",
        tenant,
        invoice,
        ...(asked_at === undefined ? {} : { asked_at }),
        ...(calculated === undefined ? {} : { calculated }),
        ...(overridden === undefined ? {} : { overridden }),
      });
    },
    async untold(fact) {
      await place({ kind: "untold", fact });
    },
    async dispute(fact) {
      await place({ kind: "dispute", fact });
    },
    async life(order) {
      const decision = await place({ kind: "life", order });
      if (decision === undefined || decision.kind === "decided") throw undecided(order);
      return decision;
    },
    async stripe(order) {
      const decision = await place({ kind: "stripe", order });
      if (decision?.kind === "decided" || decision?.kind === "refused") return decision;
      throw undecided(order);
    },
    next: () => waiting[0]?.order,
    done(order, decision) {
      if (waiting[0]?.order === order) waiting.shift()?.resolve(decision);
    },
  };
}

function tooLate(detail: string): Problem {
  const headers = { "retry-after": "1" };
  return new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}

function undecided({ order }: { readonly order: string }): Error {
  return new Error(`${order} was done and not decided`);
}
