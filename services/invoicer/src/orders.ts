import type { DisputeOpened, DisputeSettled, FinalizationOverridden } from "@tallybook/invoice";
import { Problem } from "@tallybook/service";

/** A draft that somebody wants finalized. */
export interface FinalizeOrder {
  readonly kind: "finalize";
  readonly tenant: string;
  /** Its id. */
  readonly invoice: string;
  /** Written with it, where a person takes it upon themselves that something does not reconcile. */
  readonly overridden?: FinalizationOverridden;
}

/** A fact about a dispute; one that is there already, or is of none that is open, changes nothing. */
export interface DisputeOrder {
  readonly kind: "dispute";
  readonly fact: DisputeOpened | DisputeSettled;
}

export type Order = FinalizeOrder | DisputeOrder;

/** What people ask of the one writer of `invoices`, which takes one between two pieces of its own work. */
export interface Orders {
  /**
   * Resolves when it is done, or there is nothing to do: whoever looks then sees it. Throws a Problem (503) where that takes longer
   * than half a minute, and where too many orders wait.
   */
  finalize(order: Omit<FinalizeOrder, "kind">): Promise<void>;
  dispute(fact: DisputeOrder["fact"]): Promise<void>;
  /** The next one; it stays the next until it is done, so that a worker that is opened again finds it. */
  next(): Order | undefined;
  done(order: Order): void;
}

const waitingMax = 200;
const msMaxUsual = 30_000;

export function createOrders(msMax = msMaxUsual): Orders {
  const waiting: { readonly order: Order; readonly resolve: () => void }[] = [];
  function place(order: Order): Promise<void> {
    if (waiting.length >= waitingMax) throw tooLate("Too many orders wait: send it again later.");
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(tooLate("It takes longer than usual: look at the invoice, or send it again.")),
        msMax,
      );
      waiting.push({
        order,
        resolve() {
          clearTimeout(late);
          resolve();
        },
      });
    });
  }
  return {
    finalize: ({ tenant, invoice, overridden }) =>
      place({
        kind: "finalize",
        tenant,
        invoice,
        ...(overridden === undefined ? {} : { overridden }),
      }),
    dispute: (fact) => place({ kind: "dispute", fact }),
    next: () => waiting[0]?.order,
    done(order) {
      if (waiting[0]?.order === order) waiting.shift()?.resolve();
    },
  };
}

function tooLate(detail: string): Problem {
  const headers = { "retry-after": "1" };
  return new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}
