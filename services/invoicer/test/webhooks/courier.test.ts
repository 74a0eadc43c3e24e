import { messageId } from "@tallybook/invoice";
import { createOutbound } from "@tallybook/service";
import { topics } from "@tallybook/wire";
import { Webhook } from "standardwebhooks";
import { afterEach, expect, test } from "vitest";

import {
  drafted,
  finalized,
  hour,
  openPostOffice,
  openReceiver,
  second,
  start,
} from "./post-office.ts";
import type { Taken } from "./post-office.ts";

let receiver: Awaited<ReturnType<typeof openReceiver>>;
afterEach(() => receiver.close());

const answering = async (answer: Parameters<typeof openReceiver>[0]) =>
  (receiver = await openReceiver(answer));

/** By the library of those who defined it. */
function verified({ headers, body }: Taken, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

/** The library goes by the wall clock. */
async function openNow() {
  const office = await openPostOffice();
  office.at = Date.now() * 1_000;
  return office;
}

test("a receiver is told of an invoice once, in words that it can verify", async () => {
  await answering(() => 204);
  const office = await openNow();
  await office.endpoint(receiver.url);
  const secret = await office.secret();
  await office.tell(finalized("i1"));
  await office.work();
  await office.work();
  expect(receiver.ids()).toEqual([messageId("default", "books", 0)]);
  const [taken] = receiver.taken;
  expect(taken && verified(taken, secret)).toEqual({
    type: "invoice.finalized",
    timestamp: "2023-11-14T23:13:20Z",
    data: {
      invoice: "i1",
      status: "finalized",
      number: "INV-000001",
      customer: "acme",
      plan: "dev",
      subscription: "s1",
      period: { from: "2023-11-14T22:13:20Z", to: "2023-11-14T23:13:20Z" },
      currency: "USD",
      total: "2000",
      exact: "20",
      rounding: "0",
      entity: null,
      tax: "0",
      taxes: [],
      parts: [],
      line_count: 1,
    },
  });
  expect(() => verified(taken as Taken, `whsec_${Buffer.alloc(32).toString("base64")}`)).toThrow(
    "No matching signature",
  );
  expect(office.deliveries()).toMatchObject([{ status: "delivered", attempts: 1 }]);
});

test("nothing is sent before a secret is shown, and nothing of before the endpoint was there", async () => {
  await answering(() => 204);
  const office = await openPostOffice();
  await office.tell(finalized("i0"));
  await office.work();
  await office.endpoint(receiver.url);
  await office.tell(finalized("i1", "INV-000002"));
  await office.work();
  expect(receiver.taken).toEqual([]);
  await office.secret();
  expect(receiver.taken.map(({ body }) => JSON.parse(body).data.invoice)).toEqual(["i1"]);
});

test("who asked for some kinds is told of these alone, and an archived endpoint of nothing", async () => {
  await answering(() => 204);
  const office = await openPostOffice();
  await office.endpoint(receiver.url, { events: ["invoice.finalized"] });
  await office.endpoint(receiver.url, { id: "old", archived: true });
  await office.secret();
  await office.secret("old");
  await office.tell(drafted("i1"));
  await office.tell(finalized("i1"));
  await office.work();
  expect(receiver.taken.map(({ body }) => JSON.parse(body).type)).toEqual(["invoice.finalized"]);
});

test("the old secret signs beside the new one until their overlap is over", async () => {
  await answering(() => 204);
  const office = await openNow();
  await office.endpoint(receiver.url);
  const [old, fresh] = [await office.secret(), await office.secret("books", hour)];
  expect(old).not.toBe(fresh);
  await office.tell(finalized("i1"));
  await office.work();
  const [taken] = receiver.taken;
  for (const secret of [old, fresh]) expect(verified(taken as Taken, secret)).toBeTypeOf("object");
  office.at += 2 * hour;
  await office.tell(finalized("i2", "INV-000002"));
  await office.work();
  expect(receiver.taken[1]?.headers["webhook-signature"]).not.toContain(" ");
});

test("what fails is sent again by the schedule under its id, keeps back its own invoice alone, and is dead in the end", async () => {
  await answering(({ body }) => (body.includes('"i1"') ? 500 : 204));
  const office = await openPostOffice();
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(drafted("i1"));
  await office.tell(finalized("i1"));
  await office.tell(finalized("i2", "INV-000002"));
  await office.work();
  const [failing, after, other] = [0, 1, 2].map((at) => messageId("default", "books", at));
  expect(new Set(receiver.ids())).toEqual(new Set([failing, other]));
  await office.work();
  expect(receiver.taken.length).toBe(2);
  for (let hours = 0; hours < 200; hours += 1) {
    office.at += hour;
    await office.work();
  }
  expect(receiver.ids().filter((id) => id === failing).length).toBe(10);
  expect(receiver.ids().filter((id) => id === after).length).toBe(10);
  expect(receiver.ids().lastIndexOf(failing ?? "")).toBeLessThan(
    receiver.ids().indexOf(after ?? ""),
  );
  expect(office.deliveries().map(({ status }) => status)).toEqual(["dead", "dead", "delivered"]);
  expect(office.deliveries()[0]?.last).toMatchObject({ detail: "the receiver answered 500" });
});

test("a receiver that is busy is left alone for as long as it asks", async () => {
  await answering((_, nth) => (nth === 1 ? { status: "503", "retry-after": "60" } : 200));
  const office = await openPostOffice();
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("i1"));
  await office.work();
  office.at += 59 * second;
  await office.work();
  expect(receiver.taken.length).toBe(1);
  office.at += second;
  await office.work();
  expect(office.deliveries()).toMatchObject([{ status: "delivered", attempts: 2 }]);
});

test("nobody is told of a draft in shadow", async () => {
  await answering(() => 204);
  const office = await openPostOffice();
  await office.shadow("2023-12-01T00:00:00Z");
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(drafted("trial"));
  await office.tell(finalized("i1"));
  await office.work();
  expect(receiver.taken.map(({ body }) => JSON.parse(body).type)).toEqual(["invoice.finalized"]);
});

test("what came of other messages is known although one cannot be made", async () => {
  await answering(() => 204);
  const office = await openPostOffice({
    log: (log) => ({
      ...log,
      async fetch(topic, partition, offset, limits) {
        const isOfMessage = topic === topics.invoices && limits.bytesMax === 1;
        if (isOfMessage && offset === 0) throw new Error("unreadable");
        return log.fetch(topic, partition, offset, limits);
      },
    }),
  });
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("i1"));
  await office.tell(finalized("i2", "INV-000002"));
  for (let time = 0; time < 3; time += 1) await expect(office.work()).rejects.toThrow("unreadable");
  expect(receiver.ids()).toEqual([messageId("default", "books", 1)]);
  expect(office.deliveries().map(({ status }) => status)).toEqual(["pending", "delivered"]);
});

test("a tenant with many slow receivers has no more than 256 connections", async () => {
  await answering(() => 204);
  let [begun, underWay, most] = [0, 0, 0];
  const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
  const office = await openPostOffice({
    outbound: {
      async send() {
        [begun, underWay] = [begun + 1, underWay + 1];
        most = Math.max(most, underWay);
        if (begun === 256) setImmediate(isFull);
        await full;
        underWay -= 1;
        return { kind: "answered", status: 204, headers: {}, body: Buffer.alloc(0), isWhole: true };
      },
    },
  });
  const ids = Array.from({ length: 70 }, (_, at) => `e${at}`);
  for (const id of ids) await office.endpoint(receiver.url, { id });
  const secrets = ids.map((endpoint) =>
    office.orders.place((state) => {
      const asked = { tenant: "default", endpoint, actor: "k", issued_at: start, overlap: 0 };
      return [office.secrets.next(state, asked).issued];
    }),
  );
  await office.work();
  await Promise.all(secrets);
  for (const invoice of ["i1", "i2", "i3", "i4"]) await office.tell(drafted(invoice));
  await office.work();
  expect([begun, most]).toEqual([280, 256]);
  expect(new Set(office.deliveries().map(({ status }) => status))).toEqual(new Set(["delivered"]));
});

test("410 ends the sending until the endpoint is another one", async () => {
  await answering((_, nth) => (nth === 1 ? 410 : 200));
  const office = await openPostOffice();
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("i1"));
  await office.work();
  office.at += 100 * hour;
  await office.tell(finalized("i2", "INV-000002"));
  await office.work();
  expect(receiver.taken.length).toBe(1);
  await office.endpoint(receiver.url, { version: 2 });
  await office.work();
  // What happened while it was gone is not kept for it: who wants it replays it.
  expect(receiver.ids()).toEqual([0, 0].map((at) => messageId("default", "books", at)));
});

test("a redirect is not followed", async () => {
  await answering(() => ({ status: "307", location: receiver.url }));
  const office = await openPostOffice();
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("i1"));
  await office.work();
  expect(receiver.taken.length).toBe(1);
  expect(office.deliveries()).toMatchObject([
    { status: "pending", last: { detail: "the receiver answered 307" } },
  ]);
});

test("a private address is refused, and the message says what to do", async () => {
  await answering(() => 200);
  const office = await openPostOffice({ outbound: createOutbound([]) });
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("i1"));
  await office.work();
  expect(receiver.taken).toEqual([]);
  expect(office.deliveries()[0]?.last?.detail).toContain("OUTBOUND_ALLOWED");
});

test("a receiver that never answers keeps back nobody else's messages", async () => {
  let isSlow = true;
  await answering(({ body }) => (isSlow && body.includes('"slow"') ? undefined : 200));
  const impatient = createOutbound(["127.0.0.1/32"]);
  const office = await openPostOffice({
    outbound: { send: (request) => impatient.send({ ...request, msMax: 300 }) },
  });
  await office.endpoint(receiver.url);
  await office.secret();
  await office.tell(finalized("slow"));
  await office.tell(finalized("i2", "INV-000002"));
  await office.work();
  expect(office.deliveries().map(({ status }) => status)).toEqual(["pending", "delivered"]);
  expect(office.deliveries()[0]?.last?.detail).toContain("late");
  isSlow = false;
  office.at += hour;
  await office.work();
  expect(office.deliveries().map(({ status }) => status)).toEqual(["delivered", "delivered"]);
});

test.each(["webhooks.queued", "webhooks.sent", "webhooks.noted"] as const)(
  "a death at %s loses nothing, and repeats only what has its id",
  async (point) => {
    await answering(() => 200);
    const office = await openPostOffice();
    await office.endpoint(receiver.url);
    await office.secret();
    const invoices = ["i1", "i2", "i3"];
    for (const invoice of invoices) {
      await office.tell(drafted(invoice));
      await office.tell(finalized(invoice));
    }
    let deaths = 0;
    for (let time = 0; time < 20; time += 1) {
      let isDead = false;
      await office
        .work((reached) => {
          if (reached !== point || deaths === 3) return;
          deaths += 1;
          isDead = true;
          throw new Error(point);
        })
        .catch((error: Error) => expect(error.message).toBe(point));
      if (!isDead) break;
    }
    expect(deaths).toBe({ "webhooks.queued": 1, "webhooks.sent": 3, "webhooks.noted": 2 }[point]);
    const ids = [0, 1, 2, 3, 4, 5].map((at) => messageId("default", "books", at));
    expect(new Set(receiver.ids())).toEqual(new Set(ids));
    expect(receiver.ids().length > ids.length).toBe(point === "webhooks.sent");
    expect(office.deliveries().map(({ status }) => status)).toEqual(ids.map(() => "delivered"));
    for (const invoice of invoices) {
      const types = receiver.taken
        .map(({ body }) => JSON.parse(body))
        .filter(({ data }) => data.invoice === invoice)
        .map(({ type }) => type as string);
      // Drafts, as often as they were sent, then what came of them.
      expect(types).toEqual(types.toSorted());
      expect(types).toContain("invoice.finalized");
    }
  },
);
