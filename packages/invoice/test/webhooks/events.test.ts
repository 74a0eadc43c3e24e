import { readFileSync } from "node:fs";

import { webhookTypes } from "@tallybook/catalog";
import { messageId, toldKinds, webhookBody, webhookEventOf } from "@tallybook/invoice";
import type { DisputeOpened, InvoicesFact } from "@tallybook/invoice";
import { expect, test } from "vitest";

test("somebody has said of every fact on invoices what it tells, or that it tells nothing", () => {
  const ids = JSON.parse(
    readFileSync(new URL("../../../../schemas/ids.json", import.meta.url), "utf8"),
  ) as Record<string, string>;
  const kinds = Object.values(ids)
    .filter((path) => path.startsWith("invoices/"))
    .map((path) => path.replace(/^invoices\/(\w+)\..*$/, "$1"));
  expect(toldKinds.toSorted()).toEqual([...new Set(kinds)].toSorted());
});

const opened: DisputeOpened = {
  kind: "DisputeOpened",
  dispute: "d1",
  tenant: "default",
  invoice: "i1",
  number: "INV-000001",
  customer: "acme",
  line: 2,
  currency: "USD",
  amount: "1250",
  reason: 'we "stopped"\non the 10th',
  replay_verdict: "exact",
  replay_detail: "",
  replay_digest: new Uint8Array(),
  actor: "k",
  opened_at: 1_700_000_000_000_000,
};

test("a dispute is told as one of its invoice", () => {
  const event = webhookEventOf(opened);
  expect(event?.object).toBe("i1");
  expect(webhookTypes).toContain(event?.type);
  expect(event && webhookBody(event)).toBe(
    '{"type":"dispute.opened","timestamp":"2023-11-14T22:13:20Z","data":{"dispute":"d1","invoice":"i1","number":"INV-000001","customer":"acme","line":2,"currency":"USD","amount":"1250","reason":"we \\"stopped\\"\\non the 10th"}}',
  );
});

test("what stands beside another fact tells nothing of its own", () => {
  const overridden = { kind: "FinalizationOverridden" } as InvoicesFact;
  expect(webhookEventOf(overridden)).toBeUndefined();
});

test("a message has the same id whenever it is sent, and another one for everybody else", () => {
  expect(messageId("t", "a", 7)).toBe(messageId("t", "a", 7));
  const ids = [
    messageId("t", "a", 7),
    messageId("t", "b", 7),
    messageId("u", "a", 7),
    messageId("t", "a", 8),
    messageId('t","a', "", 7),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^msg_[0-9a-f]{32}$/);
});
