import { hex, transactionBytes } from "@tallybook/journal";

import type { Dialect } from "./dialect.ts";

/**
 * One transaction on each line, with all its evidence: `canonical` is the transaction as it is hashed, so that
 * `hash` = SHA-256(`previous` ‖ its bytes) can be computed by anybody; `postings` beside it have the mapped accounts.
 */
export const ndjson: Dialect = {
  file: "journal.ndjson",
  part: (part) => part,
  accountFault: () => undefined,
  head: () => "",
  entry({ transaction, entity, postings }) {
    const { seq, step, previous, hash } = transaction;
    const place = JSON.stringify({
      seq,
      step,
      previous: hex(previous),
      hash: hex(hash),
      postings,
      ...(entity === null ? {} : { entity }),
    });
    const canonical = new TextDecoder().decode(transactionBytes(transaction));
    // The canonical bytes are JSON already: they go in as they are.
    return `${place.slice(0, -1)},"canonical":${canonical}}\n`;
  },
  tail: () => "",
};
