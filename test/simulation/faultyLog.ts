import { LogUnavailable } from "@tallybook/log";
import type { Log, OutRecord } from "@tallybook/log";

import type { Random } from "./random.ts";

/**
 * A log whose writes sometimes fail: before they happened, half way where nothing holds them together, or after. What a
 * fetch brings is as much as chance will have it.
 */
export function createFaultyLog(log: Log, random: Random, isFaulty: () => boolean): Log {
  function fails(): boolean {
    return isFaulty() && random.chance(0.03);
  }
  return {
    ...log,
    fetch: (topic, partition, from, limits) =>
      log.fetch(topic, partition, from, { ...limits, bytesMax: 1 + random.below(4_000) }),
    async producer() {
      const producer = await log.producer();
      return {
        ...producer,
        async send(records: readonly OutRecord[]) {
          if (!fails()) return producer.send(records);
          await producer.send(records.slice(0, random.below(records.length + 1)));
          throw new LogUnavailable("produce: the broker was lost");
        },
      };
    },
    async transactor(id) {
      const transactor = await log.transactor(id);
      return {
        ...transactor,
        async commit(records) {
          if (!fails()) return transactor.commit(records);
          if (random.chance(0.5)) await transactor.commit(records);
          throw new LogUnavailable(`commit by ${id}: the broker was lost`);
        },
      };
    },
  };
}
