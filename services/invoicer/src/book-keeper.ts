import { evolveCustomerBooks, noCustomerBooks } from "@tallybook/invoice";
import type { CustomerBooks } from "@tallybook/invoice";
import type { JournalFact } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";

/** The journal by customers, as far as it goes whenever somebody asks. */
export type BookKeeper = () => Promise<CustomerBooks>;

/** Reads the journal when it is first asked, and from then on what has come since; one reading at a time. */
export function createBookKeeper(log: Log): BookKeeper {
  const books = noCustomerBooks();
  let next = 0;
  let reading = Promise.resolve();
  async function read(): Promise<void> {
    for await (const { offset, value } of readAll(log, topics.journal, 0, { from: next })) {
      evolveCustomerBooks(books, decode(value) as JournalFact);
      next = offset + 1;
    }
  }
  return async () => {
    // Whoever comes later reads on, also where the reading before failed.
    reading = reading.then(read, read);
    await reading;
    return books;
  };
}
