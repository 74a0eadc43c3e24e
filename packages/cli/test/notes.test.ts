import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import type { NoteDocument } from "@tallybook/invoice";
import { afterEach, beforeEach, expect, test } from "vitest";

import { invoices } from "../src/commands/invoices.ts";
import { notes } from "../src/commands/notes.ts";
import { tally } from "../src/tally.ts";

const vat = {
  treatment: "taxed",
  tax_rate: "vat",
  tax_rate_version: 1,
  name: "VAT",
  jurisdiction: "DE",
  percent: "19",
  inclusive: false,
  reason: "",
  base: "5",
  base_amount: "500",
  amount: "95",
  lines: [1],
} as const;

const note: NoteDocument = {
  note: "n1",
  number: "CN-000001",
  direction: "credit",
  invoice: "5a7b",
  invoice_number: "INV-000001",
  customer: "acme",
  currency: "USD",
  entity: null,
  amount: "595",
  tax: "95",
  tax_kept: false,
  lines: [{ line: 1, description: "Monthly fee", amount: "500" }],
  taxes: [vat],
  reason: "down on the 14th",
  settled: "595",
  credited: "0",
  issued_at: "2024-01-15T00:00:00Z",
};

let dir: string;
let server: Server;
let asked: string[];

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), "tallybook-notes-"));
  asked = [];
  server = createServer((request, response) => {
    const url = request.url ?? "";
    asked.push(url);
    if (url.startsWith("/v1/notes?")) response.end(JSON.stringify({ notes: [note], next: null }));
    else if (url === "/v1/notes/CN-000001") response.end(JSON.stringify(note));
    else if (url === "/v1/notes/7QK4-9XWD-0RBM-ETV2") response.end(JSON.stringify(note));
    else if (url.endsWith("/state")) response.end('{"invoices_offset": 17}');
    else if (/\.(pdf|html|csv)/.test(url)) response.end(`bytes of ${url}`);
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
});

test("notes are listed, and one is shown with its taxes", async () => {
  const list = await run("notes", "--invoice", "INV-000001");
  expect(list).toMatchObject({ code: 0, out: expect.stringContaining("5.95") });
  expect(asked[0]).toContain("invoice=INV-000001");
  const { out } = await run("notes", "CN-000001");
  expect(out).toContain("Credit note CN-000001  acme, on invoice INV-000001");
  expect(out).toContain("VAT, DE, 19 %");
  expect(JSON.parse((await run("notes", "CN-000001", "--json")).out)).toEqual(note);
});

test("a note is written as a PDF and found by its code", async () => {
  const file = path.join(dir, "note.pdf");
  expect(await run("notes", "CN-000001", "--pdf", file)).toMatchObject({ code: 0 });
  expect(readFileSync(file, "utf8")).toBe("bytes of /v1/notes/CN-000001.pdf");
  const found = await run("notes", "--verify", "7qk4 9xwd 0rbm etv2");
  expect(found).toMatchObject({ code: 0, out: expect.stringContaining("CN-000001") });
  const lost = await run("notes", "--verify", "0000-0000-0000-0000");
  expect(lost).toMatchObject({ code: 1, out: expect.stringContaining("No note has the code") });
  expect(await run("notes", "--pdf", file)).toMatchObject({ code: 2 });
});

test("the page of an invoice says what has become of it as far as that is known now", async () => {
  const [pdf, csv] = [path.join(dir, "a.pdf"), path.join(dir, "a.csv")];
  const done = await run("invoices", "INV-000001", "--pdf", pdf, "--csv", csv, "--standing");
  expect(done).toMatchObject({ code: 0 });
  expect(readFileSync(pdf, "utf8")).toBe("bytes of /v1/invoices/INV-000001.pdf?invoices_offset=17");
  expect(readFileSync(csv, "utf8")).toBe("bytes of /v1/invoices/INV-000001.csv");
  expect(await run("invoices", "INV-000001", "--csv", csv, "--standing")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--standing is for a page"),
  });
});

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const { port } = server.address() as AddressInfo;
  const code = await tally(args, [invoices, notes], {
    env: { TALLYBOOK_URL: `http://127.0.0.1:${port}`, TALLYBOOK_KEY: "k" },
    print: (line) => out.push(line),
    remark: (line) => err.push(line),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
