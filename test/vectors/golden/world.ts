import { metersAt } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import { catalogAt } from "@tallybook/catalog";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { createPartControl, cutRoot, measure, noRoot, partDigest } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import type { Fact, TopicName } from "@tallybook/wire";

import { createMemoryColumns } from "../../simulation/memoryColumns.ts";
import type { MemoryColumns } from "../../simulation/memoryColumns.ts";
import { keys } from "../../simulation/world.ts";
import type { GoldenCut } from "./month.ts";

/** A log and columns with everything that a rater reads of the cuts that it was told of. */
export interface GoldenWorld {
  readonly log: MemoryLog;
  readonly columns: MemoryColumns;
  write(topic: TopicName, facts: readonly Fact[]): Promise<void>;
  cut(cut: GoldenCut): Promise<void>;
}

export async function openGoldenWorld(): Promise<GoldenWorld> {
  const log = createMemoryLog();
  const names = [topics.catalog, topics.cuts, topics.journal, topics.invoices];
  await log.prepareTopics(names.map((topic) => ({ topic, partitions: 1 })));
  const producer = await log.producer();
  const columns = createMemoryColumns();
  const known: CatalogFact[] = [];
  let root = noRoot;
  let cuts = 0;

  async function write(topic: TopicName, facts: readonly Fact[]): Promise<void> {
    for (const fact of facts)
      await producer.send([{ topic, partition: 0, key: null, value: encode(fact) }]);
  }

  const public_key = keys.publicKey.export({ type: "spki", format: "der" });
  const deployment = { generation: 1, partitions: 1, public_key, made_at: 0 };
  await write(topics.cuts, [{ kind: "DeploymentMade", ...deployment }]);
  return {
    log,
    columns,
    write,
    async cut({ time, catalog, events }) {
      const cut = cuts;
      cuts += 1;
      await write(topics.catalog, catalog);
      known.push(...catalog);
      const meters = metersAt(
        catalogAt(
          known.map((fact, offset) => ({ fact, offset })),
          known.length,
        ),
        "default",
      );
      const control = createPartControl();
      const rows = events.map((event) => ({ event, measured: measure(event, meters) }));
      for (const { event, measured } of rows) control.add(event, measured);
      const place = { generation: 1, cut, partition: 0, repair: 0 };
      const range = { ...place, from: events[0]?.raw_offset ?? 0, to: events.at(-1)?.raw_offset ?? 0 };
      await columns.insertMeasured(range, rows);
      await columns.buildRollups(range);
      const tenants = control.totals();
      const digest = partDigest(cut, 0, tenants);
      root = cutRoot(root, [digest]);
      const catalog_offset = known.length;
      const ends = { end_offset: 0, raw_end_offset: 0, repair: 0, merkle_root: null };
      await write(topics.cuts, [
        { kind: "CutOpened", cut, time, catalog_offset, spools: [], complete: true },
        { kind: "PartCompared", cut, partition: 0, ...ends, tenants, digest },
        { kind: "CutClosed", cut, time, catalog_offset, root },
      ]);
    },
  };
}
