import { holdOf } from "@tallybook/invoice";
import type { InvoiceDrafted } from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";

import { draftsAwaited } from "./archive.ts";
import type { Archive } from "./archive.ts";
import type { Orders } from "./orders.ts";
import type { TaxDesk } from "./tax-desk.ts";

/**
 * Asks for the taxes of invoices that are due and wait for a calculator's word, one after the other: with the answer they are finalized,
 * without one they wait for a person, and so does what somebody has held since, of which nobody is asked. Who dies in between asks again; what
 * is written is written once.
 */
export function createTaxAsker(given: {
  readonly archive: () => Archive;
  readonly desk: TaxDesk;
  readonly orders: Pick<Orders, "finalize" | "untold">;
  readonly now: () => Micros;
}): { turn(): Promise<"worked" | "idle"> } {
  const { archive, desk, orders, now } = given;
  async function settle(draft: InvoiceDrafted): Promise<void> {
    const { tenant, invoice } = draft;
    const asked_at = now();
    const untold = (reason: string) =>
      orders.untold({ kind: "TaxUnknown", tenant, invoice, reason, told_at: now() });
    const held = heldWhy(draft);
    if (held !== undefined) return untold(held);
    const told = await desk.tell(draft, asked_at);
    if (told.kind === "unknown") return untold(told.reason);
    const calculated = told.kind === "calculated" ? { calculated: told.fact } : {};
    await orders.finalize({ tenant, invoice, asked_at, ...calculated });
    if (!archive().awaited.has(invoice)) return;
    const changed = "what the catalog says of it has changed meanwhile: finalize the draft";
    await untold(heldWhy(draft) ?? changed);
  }

  function heldWhy(draft: InvoiceDrafted): string | undefined {
    const hold = holdOf(archive().receivables.holds, draft);
    return (
      hold && `it is on hold ${hold.hold} (${hold.reason}): release that, and finalize the draft`
    );
  }

  return {
    async turn() {
      const [next] = draftsAwaited(archive());
      if (next === undefined) return "idle";
      try {
        await settle(next);
      } catch (error) {
        // The writer waits for Kafka: the draft is still there, and asked for again.
        if (error instanceof Problem) return "idle";
        throw error;
      }
      return "worked";
    },
  };
}
