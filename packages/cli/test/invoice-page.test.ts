import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { invoices } from "../src/commands/invoices.ts";
import { tally } from "../src/tally.ts";

const page = "<!DOCTYPE html><title>מחיר</title>\n";

let dir: string;
let server: Server;
let asked: string[];

/** An invoicer that has just started: the first answer is 503. */
beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), "tallybook-page-"));
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.accept} ${request.headers.authorization}`);
    const status = asked.length === 1 ? 503 : 200;
    response.writeHead(status).end(status === 200 ? page : "{}");
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

test("an invoice is written as a page, once the invoicer has read its journal", async () => {
  const file = path.join(dir, "a.html");
  expect(await run("INV-000001", "--html", file)).toEqual({
    code: 0,
    out: `invoice INV-000001 is in ${file}`,
    err: "",
  });
  expect(readFileSync(file, "utf8")).toBe(page);
  expect(asked).toEqual(Array(2).fill("/v1/invoices/INV-000001.html */* Bearer k"));
});

test("several forms are written at once, byte for byte", async () => {
  const [pdf, csv] = [path.join(dir, "a.pdf"), path.join(dir, "a.csv")];
  expect((await run("INV-000001", "--pdf", pdf, "--csv", csv)).code).toBe(0);
  expect([readFileSync(pdf, "utf8"), readFileSync(csv, "utf8")]).toEqual([page, page]);
  expect(asked.map((request) => request.split(" ")[0])).toEqual([
    ...Array(2).fill("/v1/invoices/INV-000001.pdf"),
    "/v1/invoices/INV-000001.csv",
  ]);
});

test("a file that cannot be written is named", async () => {
  const file = path.join(dir, "nowhere", "a.html");
  const { code, err } = await run("INV-000001", "--html", file);
  expect(code).toBe(1);
  expect(err).toContain(`${file} cannot be written: ENOENT`);
});

test("a page is for one invoice, and not JSON", async () => {
  expect(await run("--html", "a.html")).toMatchObject({
    code: 2,
    err: "tally invoices: a file is of one invoice: tally invoices ID --pdf FILE.",
  });
  expect(await run("INV-000001", "--html", "a.html", "--json")).toMatchObject({
    code: 2,
    err: "tally invoices: say --json or which files to write, not both.",
  });
  expect(asked).toEqual([]);
});

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const { port } = server.address() as AddressInfo;
  const code = await tally(["invoices", ...args], [invoices], {
    env: { TALLYBOOK_URL: `http://127.0.0.1:${port}`, TALLYBOOK_KEY: "k" },
    print: (line) => out.push(line),
    remark: (line) => err.push(line),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
