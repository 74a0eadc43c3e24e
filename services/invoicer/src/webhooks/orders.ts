import type { Webhooks, WebhooksFact } from "@tallybook/invoice";
import { Problem } from "@tallybook/service";

/** What somebody asks for, as the facts that it comes to by what is known when its turn comes. */
export type WebhookOrder = (webhooks: Webhooks) => readonly WebhooksFact[];

/** What people ask of the one writer of `webhooks`, which takes one between two pieces of its own work. */
export interface WebhookOrders {
  /** Resolves with what was written. Throws a Problem (503) where that takes longer than half a minute, and where too many wait. */
  place(order: WebhookOrder): Promise<readonly WebhooksFact[]>;
  /** The next one; it stays the next until it is done, so that a worker that is opened again finds it. */
  next(): WebhookOrder | undefined;
  done(order: WebhookOrder, facts: readonly WebhooksFact[]): void;
}

const waitingMax = 100;
const msMaxUsual = 30_000;

export function createWebhookOrders(msMax = msMaxUsual): WebhookOrders {
  const waiting: {
    readonly order: WebhookOrder;
    readonly resolve: (facts: readonly WebhooksFact[]) => void;
  }[] = [];
  return {
    place(order) {
      if (waiting.length >= waitingMax) throw tooLate("Too many orders wait: send it again later.");
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(tooLate("It takes longer than usual: look whether it is done.")),
          msMax,
        );
        waiting.push({
          order,
          resolve(facts) {
            clearTimeout(late);
            resolve(facts);
          },
        });
      });
    },
    next: () => waiting[0]?.order,
    done(order, facts) {
      if (waiting[0]?.order === order) waiting.shift()?.resolve(facts);
    },
  };
}

function tooLate(detail: string): Problem {
  const headers = { "retry-after": "1" };
  return new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}
