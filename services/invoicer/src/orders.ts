import { Problem } from "@tallybook/service";

/** A draft that somebody wants finalized. */
export interface FinalizeOrder {
  readonly tenant: string;
  /** Its id. */
  readonly invoice: string;
}

/** What people ask of the one writer of `invoices`, which takes one between two pieces of its own work. */
export interface Orders {
  /**
   * Resolves when the draft is finalized, or is none: whoever looks then sees it. Throws a Problem (503) where that takes longer
   * than half a minute, and where too many orders wait.
   */
  finalize(order: FinalizeOrder): Promise<void>;
  /** The next one; it stays the next until it is done, so that a worker that is opened again finds it. */
  next(): FinalizeOrder | undefined;
  done(order: FinalizeOrder): void;
}

const waitingMax = 200;
const msMaxUsual = 30_000;

export function createOrders(msMax = msMaxUsual): Orders {
  const waiting: { readonly order: FinalizeOrder; readonly resolve: () => void }[] = [];
  return {
    finalize(order) {
      if (waiting.length >= waitingMax) throw tooLate("Too many orders wait: send it again later.");
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () =>
            reject(tooLate("It takes longer than usual: look at the invoice, or send it again.")),
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
    },
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
