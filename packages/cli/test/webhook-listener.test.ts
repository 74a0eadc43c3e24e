import { signatures } from "@tallybook/invoice";
import { expect, test } from "vitest";
import { openWebhookListener } from "../src/webhook-listener.ts";

const secret = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;

test("a listener takes what is by its secret, prints it, and refuses the rest with the reason", async () => {
  const lines: string[] = [];
  const listener = await openWebhookListener({
    port: 0,
    secret,
    status: 202,
    print: (line) => lines.push(line),
  });
  const send = async (body: string, signed: string) => {
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signatures({ id: "msg_1", timestamp, body: signed }, [secret]),
    };
    return (await fetch(listener.url, { method: "POST", headers, body })).status;
  };
  const body = '{"type":"invoice.finalized","data":{}}';
  expect(await send(body, body)).toBe(202);
  expect(await send(body, "another")).toBe(400);
  expect(await send("no JSON", "no JSON")).toBe(400);
  await listener.close();
  expect(lines).toEqual([
    "✓ msg_1 invoice.finalized",
    `  ${body}`,
    "✗ msg_1: no webhook-signature is by this secret",
    "✗ msg_1: its body is no JSON",
  ]);
});
