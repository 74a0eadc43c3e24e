import { writeFileSync } from "node:fs";

import { invoiceLines, journalLines } from "./files.ts";
import { readMonth } from "./month.ts";
import { runMonth } from "./run.ts";

// What the month comes to by the code as it is now. Look at the difference before it is committed: it is money.
const { journal, invoices } = await runMonth(readMonth());
write("journal.jsonl", journalLines(journal));
write("invoices.jsonl", invoiceLines(invoices));

function write(file: string, lines: readonly string[]): void {
  writeFileSync(new URL(file, import.meta.url), `${lines.join("\n")}\n`);
}
