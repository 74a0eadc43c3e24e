import { isPostedFor } from "@tallybook/invoice";
import type { InvoiceFinalized } from "@tallybook/invoice";
import type { TransactionPosted } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";

/** What the journal has posted for an invoice by now: its charges, and what makes them whole. Reads the journal to its end. */
export async function transactionsOf(
  log: Log,
  invoice: InvoiceFinalized,
): Promise<TransactionPosted[]> {
  const isMeant = isPostedFor(invoice);
  const found: TransactionPosted[] = [];
  for await (const { value } of readAll(log, topics.journal, 0)) {
    const fact = decode(value);
    if (fact.kind === "TransactionPosted" && isMeant(fact)) found.push(fact);
  }
  return found;
}
