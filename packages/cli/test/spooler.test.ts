import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { spool } from "../src/commands/spool.ts";
import { openDeadFolder } from "../src/spooler/dead.ts";
import { deadFolderIn, openSpooler } from "../src/spooler/spooler.ts";
import { tally } from "../src/tally.ts";
import { stubDeployment } from "./stub/deployment.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tallybook-spooler-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function spoolerTo(url: string, more: { readonly bytesMax?: number } = {}) {
  const remarks: string[] = [];
  const spooler = await openSpooler({
    to: new URL(url),
    host: "127.0.0.1",
    port: 0,
    folder,
    bytesMax: 1024 * 1024,
    remark: (line) => remarks.push(line),
    ...more,
  });
  return {
    remarks,
    async post(at: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}) {
      const response = await fetch(new URL(at, spooler.url), {
        method: "POST",
        body,
        headers: { authorization: "Bearer key", "content-type": "application/json", ...headers },
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
    },
    state: async () => (await fetch(new URL("/spool", spooler.url))).json(),
    [Symbol.asyncDispose]: () => spooler.close(),
  };
}

/** An address where nobody listens, now. */
async function nobody(): Promise<{ readonly url: string; readonly port: number }> {
  await using stub = await stubDeployment();
  return { url: stub.url, port: Number(new URL(stub.url).port) };
}

function eventOf(id: string, more: object = {}): string {
  return JSON.stringify({ id, type: "t", customer: "c", ...more });
}

describe("a spooler", () => {
  test("forwards what came as it came, with the moment at which it did", async () => {
    await using deployment = await stubDeployment();
    await using spooler = await spoolerTo(deployment.url);
    const begun = Date.now();
    const body = eventOf("e-1");
    expect(await spooler.post("/v1/events?backfill=b", body, { "x-own": "1" })).toEqual({
      status: 200,
      body: { id: "e-1", status: "accepted" },
    });
    await deployment.untilCame(1);
    const [came] = deployment.came;
    expect(came).toMatchObject({
      method: "POST",
      path: "/v1/events?backfill=b",
      headers: { authorization: "Bearer key", "content-type": "application/json", "x-own": "1" },
      body,
    });
    const at = Date.parse(String(came?.headers["tallybook-received-at"]));
    expect(at).toBeGreaterThanOrEqual(begun - 1);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  test("answers what each door's client takes for success", async () => {
    await using deployment = await stubDeployment();
    await using spooler = await spoolerTo(deployment.url);
    const ce = { specversion: "1.0", id: "e", source: "s", type: "t", subject: "c" };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const answers = [
      await spooler.post("/v1/events/batch", `[${eventOf("a")},${eventOf("b")}]`),
      await spooler.post("/api/v1/events", JSON.stringify([ce])),
      await spooler.post(
        "/api/v1/events",
        '{"event":{"transaction_id":"x","external_subscription_id":"c","code":"t"}}',
      ),
      await spooler.post(
        "/v1/billing/meter_events",
        "event_name=t&payload[stripe_customer_id]=c&payload[value]=1",
        form,
      ),
      await spooler.post("/v2/billing/meter_event_stream", '{"events":[{"event_name":"t"}]}'),
      await spooler.post(
        "/ingest/",
        gzipSync('[{"uniqueId":"u","meterApiName":"m","meterValue":1,"customerId":"c"}]'),
        { "content-encoding": "gzip" },
      ),
      await spooler.post("/v1/traces", '{"resourceSpans":[]}'),
    ];
    expect(answers).toEqual([
      { status: 200, body: expect.objectContaining({ accepted: 2, refused: 0 }) },
      { status: 204, body: null },
      { status: 200, body: { event: expect.objectContaining({ transaction_id: "x" }) } },
      { status: 200, body: expect.objectContaining({ object: "billing.meter_event" }) },
      { status: 200, body: {} },
      { status: 200, body: { message: "Ingest request accepted" } },
      { status: 200, body: {} },
    ]);
    // A trace without calls of models is nothing to keep.
    await deployment.untilCame(6);
    const stripe = deployment.came.find((came) => came.path === "/v1/billing/meter_events");
    expect(stripe?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("says at once what no deployment takes, in the words of the door", async () => {
    await using deployment = await stubDeployment();
    await using spooler = await spoolerTo(deployment.url);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const bad = await spooler.post("/v1/events", '{"id":"e"}');
    expect(bad).toMatchObject({ status: 400, body: { id: "e", field: "type", reason: "missing" } });
    expect(await spooler.post("/v1/events", "{")).toMatchObject({
      status: 400,
      body: { reason: "not_json" },
    });
    expect(await spooler.post("/v1/billing/meter_events", "a=1&a=2", form)).toMatchObject({
      status: 400,
      body: { error: { type: "invalid_request_error", code: "not_a_form" } },
    });
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024));
    expect(await spooler.post("/ingest", bomb, { "content-encoding": "gzip" })).toMatchObject({
      status: 413,
    });
    expect(await spooler.post("/ingest", "x", { "content-encoding": "gzip" })).toMatchObject({
      status: 400,
    });
    expect(await spooler.post("/ingest", "x", { "content-encoding": "zstd" })).toMatchObject({
      status: 415,
    });
    expect(await spooler.state()).toEqual({ waiting: 0, dead: 0 });
    expect(deployment.came).toEqual([]);
  });

  test("passes on what is no front door's, and says so where nobody answers", async () => {
    const { url, port } = await nobody();
    await using spooler = await spoolerTo(url);
    expect(await spooler.post("/v1/customers", "{}")).toMatchObject({ status: 503 });
    await using deployment = await stubDeployment(port);
    deployment.answer = () => 201;
    expect(await spooler.post("/v1/customers", "{}")).toEqual({
      status: 201,
      body: { status: 201 },
    });
  });

  test("keeps what comes while nobody answers, through its own end, and brings each once", async () => {
    const { url, port } = await nobody();
    {
      await using spooler = await spoolerTo(url);
      for (let at = 0; at < 40; at += 1)
        expect(await spooler.post("/v1/events", eventOf(`e-${at}`))).toMatchObject({ status: 200 });
      expect(await spooler.state()).toEqual({ waiting: 40, dead: 0 });
    }
    await using spooler = await spoolerTo(url);
    await using deployment = await stubDeployment(port);
    await deployment.untilCame(40);
    await expect.poll(spooler.state).toEqual({ waiting: 0, dead: 0 });
    const ids = deployment.came.map(({ body }) => (JSON.parse(body) as { id: string }).id);
    expect(ids.toSorted()).toEqual(Array.from({ length: 40 }, (_, at) => `e-${at}`).toSorted());
  });

  test("sends again what is answered with 429 or 5xx, and nothing twice that was taken", async () => {
    await using deployment = await stubDeployment();
    const seen = new Map<string, number>();
    deployment.answer = ({ body }) => {
      const times = (seen.get(body) ?? 0) + 1;
      seen.set(body, times);
      return [503, 429, 408, 200][times - 1];
    };
    await using spooler = await spoolerTo(deployment.url);
    await spooler.post("/v1/events", eventOf("a"));
    await spooler.post("/v1/events", eventOf("b"));
    await deployment.untilCame(8);
    await expect.poll(spooler.state).toEqual({ waiting: 0, dead: 0 });
    expect([...seen.values()]).toEqual([4, 4]);
  });

  test("a correction goes after all that came before it, and before all that comes later", async () => {
    const { url, port } = await nobody();
    await using spooler = await spoolerTo(url);
    for (let at = 0; at < 10; at += 1) await spooler.post("/v1/events", eventOf(`before-${at}`));
    await spooler.post("/v1/events", '{"id":"r","retracts":"before-3","reason":"why"}');
    for (let at = 0; at < 10; at += 1) await spooler.post("/v1/events", eventOf(`later-${at}`));
    await using deployment = await stubDeployment(port);
    await deployment.untilCame(21);
    const ids = deployment.came.map(({ body }) => (JSON.parse(body) as { id: string }).id);
    expect(ids.indexOf("r")).toBe(10);
    expect(ids.slice(0, 10).every((id) => id.startsWith("before-"))).toBe(true);
  });

  test("sets aside what is refused, holds up nothing for it, and sends it again when asked", async () => {
    await using deployment = await stubDeployment();
    deployment.answer = ({ headers }) => (headers.authorization === "Bearer wrong" ? 401 : 200);
    await using spooler = await spoolerTo(deployment.url);
    await spooler.post("/v1/events", eventOf("refused"), { authorization: "Bearer wrong" });
    await spooler.post("/v1/events", eventOf("good"));
    await expect.poll(spooler.state).toEqual({ waiting: 0, dead: 1 });
    expect(spooler.remarks).toEqual([
      expect.stringMatching(/is set aside: it is answered with 401$/),
    ]);
    const listed = await run("--dead");
    expect(listed.printed.join("\n")).toMatch(/\/v1\/events +401 /);
    expect((await run("--dead", "--json")).printed.join("")).not.toContain("Bearer");
    expect(await run("--resend", "--url", deployment.url)).toMatchObject({ code: 1 });
    deployment.answer = () => 200;
    expect(await run("--resend", "--url", deployment.url)).toMatchObject({ code: 0 });
    expect(deployment.came.at(-1)?.body).toBe(eventOf("refused"));
    expect((await run("--dead")).printed).toEqual(["Nothing was set aside."]);
  });

  test("a full spool says so, and takes events again when there is room", async () => {
    const { url, port } = await nobody();
    await using spooler = await spoolerTo(url, { bytesMax: 4_000 });
    let full = await spooler.post("/v1/events", eventOf("e-0"));
    for (let at = 1; full.status === 200; at += 1)
      full = await spooler.post(
        "/v1/events",
        eventOf(`e-${at}`, { properties: { note: "x".repeat(500) } }),
      );
    expect(full).toMatchObject({
      status: 503,
      body: { detail: expect.stringMatching(/^The spool is full: \d requests/) },
    });
    await using deployment = await stubDeployment(port);
    await expect.poll(spooler.state, { timeout: 10_000 }).toEqual({ waiting: 0, dead: 0 });
    expect(deployment.came.length).toBeGreaterThan(1);
    expect(await spooler.post("/v1/events", eventOf("again"))).toMatchObject({ status: 200 });
  });

  test("too much that is set aside is full as well", async () => {
    const dead = openDeadFolder(deadFolderIn(folder));
    const request = {
      at: "2026-11-21T00:00:00Z",
      path: "/v1/events",
      headers: [],
      body: Buffer.alloc(9_000),
      isInOrder: false,
    };
    await dead.add({ refused_at: request.at, status: 400, answer: "", request });
    const { url } = await nobody();
    await using spooler = await spoolerTo(url, { bytesMax: 4_000 });
    expect(await spooler.post("/v1/events", eventOf("e"))).toMatchObject({
      status: 503,
      body: { detail: expect.stringMatching(/tally spool --dead/) },
    });
  });

  test("no prompt is on its disk, nor in what goes on", async () => {
    const { url, port } = await nobody();
    await using spooler = await spoolerTo(url);
    const call = {
      litellm_call_id: "c-1",
      end_user: "acme",
      messages: "SECRET",
      response: { text: "SECRET" },
    };
    const span = { key: "gen_ai.input.messages", value: { stringValue: "SECRET" } };
    const usage = { key: "gen_ai.usage.input_tokens", value: { intValue: 1 } };
    const spans = [{ traceId: "0".repeat(32), spanId: "1".repeat(16), attributes: [span, usage] }];
    expect(await spooler.post("/v1/litellm", `${JSON.stringify(call)}\n{"SECRET`)).toMatchObject({
      status: 200,
    });
    await spooler.post(
      "/v1/traces",
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }, { spans }] }] }),
    );
    expect(await spooler.post("/v1/litellm", "SECRET")).toMatchObject({ status: 400 });
    const onDisk = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFileSync(path.join(folder, name), "utf8"));
    const bodies = onDisk.flatMap((text) =>
      [...text.matchAll(/"body":"([^"]*)"/g)].map(([, body = ""]) =>
        Buffer.from(body, "base64").toString(),
      ),
    );
    await using deployment = await stubDeployment(port);
    await deployment.untilCame(2);
    expect(bodies.length).toBe(2);
    expect(
      [...onDisk, ...bodies, ...deployment.came.map(({ body }) => body)].join("\n"),
    ).not.toContain("SECRET");
    const [calls, traces] = ["/v1/litellm", "/v1/traces"].map(
      (at) => deployment.came.find((came) => came.path === at)?.body,
    );
    expect(calls?.trim().split("\n").length).toBe(2);
    expect((JSON.parse(traces ?? "") as { resourceSpans: unknown[] }).resourceSpans.length).toBe(2);
  });

  test("a session for Stripe's stream outlives every outage: its token is the key", async () => {
    const { url } = await nobody();
    await using spooler = await spoolerTo(url);
    expect(await spooler.post("/v2/billing/meter_event_session", "{}")).toMatchObject({
      status: 200,
      body: { authentication_token: "key" },
    });
  });

  test("a folder has one spooler", async () => {
    const { url } = await nobody();
    await using _ = await spoolerTo(url);
    await expect(spoolerTo(url)).rejects.toThrow(/in use/);
  });
});

async function run(...options: readonly string[]) {
  const printed: string[] = [];
  const code = await tally(["spool", "--folder", folder, ...options], [spool], {
    env: {},
    print: (line) => printed.push(line),
    remark: (line) => printed.push(line),
    question: undefined,
  });
  return { code, printed };
}
