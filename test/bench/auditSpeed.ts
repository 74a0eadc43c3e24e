import { replay } from "@tallybook/audit";
import { withEngines } from "@tallybook/cli";
import { connectLog } from "@tallybook/log";
import type { OutRecord } from "@tallybook/log";
import type { TestStack } from "@tallybook/testkit";
import { identityKey, partitionOf } from "@tallybook/usage";
import type { UsageReported } from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";

/** Records of one produce request to one partition: as a producer with a few milliseconds of patience sends them. */
const batchRecords = 500;
const repeatEvery = 50;

/** Events straight into `usage.raw`, as a producer that writes to Kafka itself: of ten thousand customers, one in fifty sent twice. */
export async function produceRaw(stack: TestStack, events: number, time: number): Promise<number> {
  const { brokers, topic_prefix: prefix } = stack.run().kafka;
  const log = await connectLog({ brokers: brokers.split(","), prefix, clientId: "bench" });
  const partitions = await partitionsOf(stack);
  const producer = await log.producer();
  const waiting = Array.from({ length: partitions }, (): OutRecord[] => []);
  let sent = 0;
  async function send(own: OutRecord[]): Promise<void> {
    sent += own.length;
    await producer.send(own.splice(0));
  }
  for (let index = 0; index < events; index += 1) {
    const event = eventOf(index, time);
    const key = identityKey(event.tenant, event.source, event.id);
    const partition = partitionOf(key, partitions);
    const own = waiting[partition] ?? [];
    const record = { topic: topics.usageRaw, partition, key, value: encode(event) };
    own.push(record);
    if (index % repeatEvery === 0) own.push(record);
    if (own.length >= batchRecords) await send(own);
  }
  for (const own of waiting) if (own.length > 0) await send(own);
  await producer.close();
  await log.close();
  return sent;
}

async function partitionsOf(stack: TestStack): Promise<number> {
  return withEngines(stack.run(), async ({ log }) => {
    const { records } = await log.fetch(topics.cuts, 0, 0, { bytesMax: 1, waitMsMax: 500 });
    const [first] = records;
    if (first === undefined) throw new Error("cuts has no record 0");
    const fact = decode(first.value);
    if (fact.kind !== "DeploymentMade") throw new Error(`record 0 of cuts is a ${fact.kind}`);
    return fact.partitions;
  });
}

function eventOf(index: number, time: number): UsageReported {
  return {
    kind: "UsageReported",
    tenant: "default",
    source: "bench",
    id: `audit-${index}`,
    type: "llm.completion",
    customer: `c-${index % 10_000}`,
    subscription: null,
    time,
    properties: {
      model: `m-${index % 8}`,
      input_token_count: String(800 + (index % 400)),
      output_token_count: String(150 + (index % 200)),
      request_id: `r-${index}`,
    },
    received_at: null,
    door: null,
    api_key: null,
    target: null,
    personal: {},
    correction: null,
    backfill: null,
  };
}

/** Time that passed, and that processors worked for this process and its threads; the engines' is beside it. */
export interface Spent {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export interface AuditSpeed {
  readonly records: number;
  readonly full: Spent;
  readonly line: Spent;
  /** Events on the line. */
  readonly events: number;
}

/** Replays one line of an invoice both ways, each as the command does. Throws where it does not come out exactly. */
export async function auditSpeed(
  stack: TestStack,
  invoice: string,
  line: number,
): Promise<AuditSpeed> {
  return withEngines(stack.run(), async (engines) => {
    const [named, ofLine] = await spentOn(() => replay({ ...engines, invoice, line }));
    const [all, ofFull] = await spentOn(() => replay({ ...engines, invoice, line, full: true }));
    for (const { verdict } of [named, all])
      if (verdict.kind !== "equal") throw new Error(`line ${line} of ${invoice} is not exact`);
    const records = all.reading.kind === "full" ? all.reading.records : 0;
    return { records, full: ofFull, line: ofLine, events: named.lines[0]?.event_count ?? 0 };
  });
}

async function spentOn<Answer>(work: () => Promise<Answer>): Promise<[Answer, Spent]> {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  const answer = await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - begun) / 1_000;
  return [answer, { seconds, cpuSeconds: (user + system) / 1e6 }];
}
