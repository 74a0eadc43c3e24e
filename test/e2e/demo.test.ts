import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { InvoiceDocument } from "@tallybook/invoice";
import { expectedInvoices, traces } from "@tallybook/testkit";
import { expect, test } from "vitest";
import { asExpected } from "./support/billing.ts";
import { tally } from "./support/tally.ts";

test("the demo bills the traces, writes its JSON, and leaves nothing behind", async () => {
  using data = traces(1);
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-json-"));
  const file = path.join(dir, "demo.json");
  try {
    const { code, out } = await tally([
      "demo",
      "--trace",
      data.dir,
      "--customers",
      "7",
      "--json",
      file,
    ]);
    expect(out).toContain("Every residual is 0");
    expect(code).toBe(0);
    const document = JSON.parse(readFileSync(file, "utf8")) as {
      invoices: InvoiceDocument[];
      identity: { name: string; left: string; right: string; residual: string }[];
    };
    expect(Object.keys(document)).toEqual(["invoices", "identity"]);
    expect(Object.keys(document.invoices[0] ?? {})).toEqual([
      "customer",
      "plan",
      "subscription",
      "period",
      "currency",
      "total",
      "lines",
    ]);
    expect(Object.keys(document.invoices[0]?.lines[0] ?? {})).toEqual([
      "meter",
      "dimensions",
      "quantity",
      "amount",
      "description",
    ]);
    expect(asExpected(document.invoices)).toEqual(expectedInvoices(data.dir, 7));
    expect(document.identity.every(({ residual }) => residual === "0")).toBe(true);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a trace that is missing is named before anything is started", async () => {
  const { code, err } = await tally(["demo", "--trace", "/nowhere"]);
  expect(code).toBe(1);
  expect(err).toBe(
    "/nowhere/AzureLLMInferenceTrace_code.csv is missing or cannot be read: --trace names the directory with both traces.\n",
  );
});
