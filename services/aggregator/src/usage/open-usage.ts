import { connectColumns } from "@tallybook/columns";
import type { ColumnsOptions } from "@tallybook/columns";
import { connectLog } from "@tallybook/log";
import type { Follower, KafkaOptions, Log } from "@tallybook/log";
import type { Instance, Metrics, Scope } from "@tallybook/service";
import type { Cuts } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

import { createConflicts } from "../conflicts/conflicts.ts";
import { createSpools } from "../spools.ts";
import type { UsageDesk } from "./desk.ts";
import { followGrounds } from "./grounds.ts";
import { inTime } from "./in-time.ts";
import { createIntake } from "./intake.ts";
import { readPositions } from "./positions.ts";
import type { Positions, PositionsText } from "./positions.ts";
import { createTornCheck } from "./whole.ts";

export interface UsageOptions {
  readonly kafka: Omit<KafkaOptions, "clientId">;
  readonly columns: ColumnsOptions;
  readonly instance: Instance;
  readonly partitions: number;
  readonly ingestUrls: readonly string[];
  /** Of all aggregators, in the order of their ordinals. */
  readonly aggregatorUrls: readonly string[];
  /** Of this instance's own partitions. */
  readonly positions: () => PositionsText;
  readonly cuts: Follower<Cuts>;
  readonly metrics: Metrics;
}

/** For what Kafka is asked beside the reading. */
const answerMsMax = 1_000;

/** Opens what questions about usage need, over connections of their own: no sink waits for one. */
export async function openUsage(
  { open, stopping }: Pick<Scope, "open" | "stopping">,
  options: UsageOptions,
): Promise<UsageDesk> {
  const { kafka, partitions, instance } = options;
  const log = open(await connectLog({ ...kafka, clientId: "tallybook-usage" }), (it) => it.close());
  const columns = open(connectColumns(options.columns), (it) => it.close());
  const others = options.aggregatorUrls.filter((_, ordinal) => ordinal !== instance.ordinal);
  const now = () => Date.now() * 1_000;
  return {
    grounds: open(followGrounds(log, stopping), (it) => it.close()),
    log,
    columns,
    conflicts: createConflicts(log, partitions),
    cuts: () => options.cuts.state(),
    tornIn: createTornCheck(columns, () => cutsNow(log, options.cuts)),
    intake: createIntake({
      askSpools: () => createSpools(options.ingestUrls).ask(),
      readEnds: () => readEnds(log, partitions),
      readPositions: () => readPositions(options.positions, others),
      appendedAt: (partition, from) => appendedAt(log, partition, from),
      now,
    }),
    now,
    answered: countAnswers(options.metrics),
    stopping,
  };
}

function countAnswers(metrics: Metrics): UsageDesk["answered"] {
  const answers = metrics.counter(
    "aggregator_usage_answers_total",
    "Questions about usage answered.",
  );
  const incomplete = metrics.counter(
    "aggregator_usage_incomplete_total",
    "Answers about usage that were not complete in time.",
  );
  const waited = metrics.counter(
    "aggregator_usage_answer_milliseconds_total",
    "How long questions about usage took, all together.",
  );
  return (isComplete, tookMs) => {
    answers.add();
    waited.add(Math.round(tookMs));
    if (!isComplete) incomplete.add();
  };
}

/** Up to where `cuts` ends; where Kafka does not say, as far as they are folded. */
async function cutsNow(log: Log, cuts: Follower<Cuts>): Promise<Cuts> {
  const late = AbortSignal.timeout(answerMsMax);
  const folded = async () => {
    const end = await log.endOffset(topics.cuts, 0);
    await cuts.until((_, offset) => offset >= end, late);
  };
  await inTime(folded(), late).catch(() => {});
  return cuts.state();
}

async function readEnds(log: Log, partitions: number): Promise<Positions> {
  const ends = Array.from({ length: partitions }, async (_, partition) => {
    return [partition, await log.endOffset(topics.usageRaw, partition)] as const;
  });
  return new Map(await Promise.all(ends));
}

async function appendedAt(log: Log, partition: number, from: number): Promise<number | null> {
  const end = await log.endOffset(topics.usageRaw, partition);
  for (let next = from; next < end;) {
    const limits = { bytesMax: 1, waitMsMax: 0 };
    const fetched = await log.fetch(topics.usageRaw, partition, next, limits);
    const [first] = fetched.records;
    if (first !== undefined) return first.timestamp;
    if (fetched.next === next) return null;
    next = fetched.next;
  }
  return null;
}
