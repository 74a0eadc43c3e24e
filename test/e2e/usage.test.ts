import { createClient, type SubscriptionUsage } from "@tallybook/client";
import {
  applyExample,
  type Deployment,
  listInvoices,
  monthBegin,
  requestCut,
} from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import { startStack, type TestStack } from "@tallybook/testkit";
import { expect, test } from "vitest";
import { advance, expectIdentity, novemberClosed } from "./support/billing.ts";
import { startLoadable, usageTime } from "./support/each-once.ts";
import { beginLoad, type Load } from "./support/load.ts";
import { until } from "./support/until.ts";

const subscription = "c-1:ai_developer";
/** Input tokens of each event of a load. */
const tokens = 10;

type Asked = { readonly status: number; readonly body: SubscriptionUsage };

async function ask(target: Pick<Deployment, "url" | "key">, query = ""): Promise<Asked> {
  const path = `/v1/subscriptions/${encodeURIComponent(subscription)}/usage${query}`;
  const answer = await fetch(target.url + path, {
    headers: { authorization: `Bearer ${target.key}` },
  });
  return { status: answer.status, body: (await answer.json()) as SubscriptionUsage };
}

/** Asks again while the one address has nobody to pass it on to, as it says itself. */
function askUntilAnswered(stack: TestStack, query?: string): Promise<SubscriptionUsage> {
  return until("an answer", async () => {
    const { status, body } = await ask(stack.target, query);
    if (status === 503) return undefined;
    expect([status, body]).toEqual([200, body]);
    return body;
  });
}

function valueIn({ meters }: SubscriptionUsage, meter = "input_tokens"): number {
  return Number(meters.find(({ meter_id }) => meter_id === meter)?.value);
}

/** Three ask again and again while `during` lasts: whatever was acknowledged before a question is in its answer. */
async function expectReadYourWrites(
  stack: TestStack,
  load: Load,
  during: Promise<unknown>,
): Promise<number> {
  let isOver = false;
  let answers = 0;
  const ending = during.finally(() => {
    isOver = true;
  });
  async function keepAsking(): Promise<void> {
    while (!isOver) {
      const acknowledged = load.acknowledged.size;
      const askedAt = Date.now();
      const usage = await askUntilAnswered(stack, "?wait_ms=60000");
      expect(usage).toMatchObject({ complete: true, waiting_for: [] });
      expect(Date.parse(usage.complete_to ?? "")).toBeGreaterThanOrEqual(askedAt);
      expect(valueIn(usage)).toBeGreaterThanOrEqual(acknowledged * tokens);
      expect(valueIn(usage)).toBeLessThanOrEqual(load.sent.size * tokens);
      answers += 1;
    }
  }
  await Promise.all([ending, keepAsking(), keepAsking(), keepAsking()]);
  return answers;
}

/**
 * One of two aggregators stands still while events come: the other cannot know how far it is, and says so to whoever may not wait, or not
 * for long; who waits is answered when everything is there again.
 */
async function expectSaidWhileStill(stack: TestStack, load: Load): Promise<void> {
  const other = { url: stack.run().services["aggregator-0"] ?? "", key: stack.target.key };
  await stack.signal("aggregator-1", "SIGSTOP");
  const before = load.acknowledged.size;
  await until("more events", async () => load.acknowledged.size > before + 100 || undefined);
  const acknowledged = load.acknowledged.size;
  let isAnswered = false;
  const patient = ask(other, "?wait_ms=60000").finally(() => {
    isAnswered = true;
  });
  for (const query of ["?consistency=eventual", "?wait_ms=500"]) {
    const { status, body } = await ask(other, query);
    expect([query, status, body.complete]).toEqual([query, 200, false]);
    expect(body.waiting_for).toContainEqual(
      expect.stringMatching(/^partition \d: its aggregator does not say how far it is$/),
    );
    expect(valueIn(body)).toBeLessThanOrEqual(load.sent.size * tokens);
  }
  expect(isAnswered).toBe(false);
  await stack.signal("aggregator-1", "SIGCONT");
  const { status, body } = await patient;
  expect([status, body.complete, body.waiting_for]).toEqual([200, true, []]);
  expect(valueIn(body)).toBeGreaterThanOrEqual(acknowledged * tokens);
}

test("whatever was acknowledged before a question is in its answer, under load, with a killed deduper and a killed aggregator; while one stands still the other says so, and the invoice says the same", async () => {
  await using stack = await startLoadable({ instances: 2 });
  const load = beginLoad(stack.target, { senders: 4, time: usageTime, pauseMs: 10 });
  const killing = async () => {
    await until("some events", async () => load.acknowledged.size > 300 || undefined);
    for (const name of ["deduper-0", "aggregator-1", "deduper-1", "aggregator-0"]) {
      await stack.signal(name, "SIGKILL");
      const seen = load.acknowledged.size;
      await until("more events", async () => load.acknowledged.size > seen + 200 || undefined);
      await stack.untilReady();
    }
  };
  expect(await expectReadYourWrites(stack, load, killing())).toBeGreaterThan(4);
  await expectSaidWhileStill(stack, load);
  await load.stop();

  const used = await askUntilAnswered(stack, "?wait_ms=60000");
  expect(valueIn(used)).toBe(load.acknowledged.size * tokens);
  expect(used).toMatchObject({
    period_start: "2023-11-01T00:00:00Z",
    period_end: "2023-12-01T00:00:00Z",
    meters: [
      { meter_id: "input_tokens", unit: "input_token_count" },
      { meter_id: "output_tokens", unit: "output_token_count" },
      { meter_id: "image_generations", value: "0", unit: "events" },
    ],
  });
  await advance(stack.target, novemberClosed);
  const [invoice] = await listInvoices(stack.target);
  const billed = invoice?.lines.map(({ meter, quantity }) => [meter, quantity]);
  for (const { meter_id, value } of used.meters)
    if (value !== "0") expect(billed).toContainEqual([meter_id, value]);
  const from = "?from=2023-11-01T00:00:00Z&to=2023-12-01T00:00:00Z";
  expect((await askUntilAnswered(stack, from)).meters).toEqual(used.meters);
  await expectIdentity(stack);
});

test("what was tracked is there at once, told apart by customer, model and hour; a question that may not wait says so", async () => {
  await using stack = await startStack({ clock: monthBegin });
  await applyExample(stack.target, {
    customers: [{ customer: "c-1" }, { customer: "c-2" }],
    subscriptions: ["c-1", "c-2"].map((customer) => ({
      customer,
      plan: "ai_developer",
      start: monthBegin,
    })),
  });
  await advance(stack.target, "2023-11-15T12:00:00Z");
  const client = createClient(stack.target);
  const tracker = await client.tracker({ lingerMs: 5 });
  const track = (customer: string, time: string, model: string, count: number) =>
    tracker.track({
      type: "llm.completion",
      customer,
      time,
      properties: { model, input_token_count: count, output_token_count: 1 },
    });
  track("c-1", "2023-11-15T09:15:00Z", "large", 1);
  track("c-1", "2023-11-15T09:45:00Z", "large", 20);
  track("c-1", "2023-11-15T10:05:00Z", "small", 300);
  track("c-2", "2023-11-15T10:30:00Z", "large", 4_000);
  expect(await tracker.close()).toMatchObject({ accepted: 4, waiting: 0 });

  expect(valueIn(await client.getSubscriptionUsage(subscription))).toBe(321);
  const day = "from=2023-11-15T00:00:00Z&to=2023-11-16T00:00:00Z";
  const series = (query: string) => {
    const path = `/v1/usage?meter=input_tokens&${day}&${query}`;
    return stack.target.ask<{ usage: Record<string, unknown>[]; next: string | null }>(path);
  };
  expect(await series("")).toMatchObject({
    usage: [{ window_start: "2023-11-15T00:00:00Z", value: "4321" }],
    next: null,
    complete: true,
  });
  const byModel = await series("group_by=customer,model&window=hour");
  expect(
    byModel.usage.map((row) => `${String(row["window_start"])} ${JSON.stringify(row)}`),
  ).toHaveLength(3);
  expect(byModel.usage).toMatchObject([
    {
      window_start: "2023-11-15T09:00:00Z",
      customer: "c-1",
      dimensions: { model: "large" },
      value: "21",
    },
    {
      window_start: "2023-11-15T10:00:00Z",
      customer: "c-1",
      dimensions: { model: "small" },
      value: "300",
    },
    {
      window_start: "2023-11-15T10:00:00Z",
      customer: "c-2",
      dimensions: { model: "large" },
      value: "4000",
    },
  ]);
  // The clocks of Kolkata are half an hour apart: its hours cut the slots, event by event.
  const kolkata = await series("window=hour&time_zone=Asia/Kolkata&customer=c-1");
  expect(kolkata.usage).toMatchObject([
    { window_start: "2023-11-15T08:30:00Z", value: "1" },
    { window_start: "2023-11-15T09:30:00Z", value: "320" },
  ]);
  const first = await series("group_by=customer&limit=1");
  const second = await series(`group_by=customer&limit=1&after=${first.next}`);
  expect([first.usage, second.usage, second.next]).toMatchObject([
    [{ customer: "c-1", value: "321" }],
    [{ customer: "c-2", value: "4000" }],
    null,
  ]);

  const cut = "?from=2023-11-15T09:30:00Z&to=2023-11-15T10:05:00Z";
  expect(valueIn((await ask(stack.target, cut)).body)).toBe(20);
  // While the sinks stand still nothing can be complete, and everything is told.
  await stack.signal("deduper", "SIGSTOP");
  const more = await client.tracker({ lingerMs: 5 });
  more.track({ type: "image.generation", customer: "c-1", time: "2023-11-15T11:00:00Z" });
  await more.close();
  for (const query of ["?consistency=eventual", "?wait_ms=300"]) {
    const { body } = await ask(stack.target, query);
    expect(body).toMatchObject({ complete: false });
    expect([valueIn(body), valueIn(body, "image_generations")]).toEqual([321, 0]);
    expect(body.waiting_for).toEqual([expect.stringMatching(/^partition \d: ClickHouse has/)]);
    expect(Date.parse(body.complete_to ?? "")).toBeGreaterThan(Date.now() - 60_000);
  }
  await stack.signal("deduper", "SIGCONT");
  expect(valueIn((await ask(stack.target)).body, "image_generations")).toBe(1);

  // Less rows never look like less usage: a table is emptied, and made again from the log.
  await requestCut(stack.target, "rollups", { remark: () => {} });
  const { url, database } = stack.run().clickhouse;
  expect((await askClickHouse(url, `TRUNCATE TABLE ${database}.rollups SYNC`)).status).toBe(200);
  const torn = await ask(stack.target, "?wait_ms=0");
  if (torn.body.complete) expect(valueIn(torn.body)).toBe(321);
  expect(valueIn(await askUntilAnswered(stack, "?wait_ms=60000"))).toBe(321);

  await stack.signal("clickhouse", "SIGKILL");
  const { status } = await ask(stack.target, "?wait_ms=0");
  expect([200, 503]).toContain(status);
  expect(valueIn(await askUntilAnswered(stack))).toBe(321);
  await expectIdentity(stack);
});

test("a question that cannot be answered says what is wrong with it, and of another tenant there is nothing", async () => {
  await using stack = await startStack({ clock: monthBegin });
  const customers = [{ customer: "c-1" }];
  const subscriptions = [{ customer: "c-1", plan: "ai_developer", start: monthBegin }];
  await applyExample(stack.target, { customers, subscriptions });
  const refused = await ask(stack.target, "?from=soon&wait=5");
  expect(refused).toMatchObject({
    status: 400,
    body: { errors: [{ field: "from" }, { field: "wait", reason: "unknown_parameter" }] },
  });
  const other = await createClient(stack.target).createTenant("other");
  const stranger = createClient({ url: stack.target.url, key: other.admin_key.key });
  await expect(stranger.getSubscriptionUsage(subscription)).rejects.toMatchObject({ status: 404 });
  const month = { from: "2023-11-01T00:00:00Z", to: "2023-12-01T00:00:00Z" };
  await expect(stranger.getUsage({ meter: "input_tokens", ...month })).rejects.toMatchObject({
    status: 404,
  });
  const nobody = createClient({ url: stack.target.url, key: "no key" });
  await expect(nobody.getSubscriptionUsage(subscription)).rejects.toMatchObject({ status: 401 });
  const client = createClient(stack.target);
  for (const [fault, more] of [
    ["window", { window: "hour", from: "2020-01-01T00:00:00Z" }],
    ["time_zone", { time_zone: "Europe/Atlantis" }],
    ["dimensions.colour", { group_by: "colour" }],
    ["after", { after: "nowhere" }],
  ] as const)
    await expect(
      client.getUsage({ meter: "input_tokens", ...month, ...more }),
    ).rejects.toMatchObject({ status: 400, errors: [{ field: fault }] });
  // A subscription that has not begun on the deployment's clock answers for its first period.
  expect(await client.getSubscriptionUsage(subscription)).toMatchObject({
    period_start: "2023-11-01T00:00:00Z",
    complete: true,
  });
});
