import type { Log } from "./log.ts";

/** The same log, which tells of every answer that moved its user forward; asking where it ends is none. */
export function beating(log: Log, beat: () => void): Log {
  return {
    prepareTopics: (specs) => log.prepareTopics(specs),
    endOffset: (topic, partition) => log.endOffset(topic, partition),
    async fetch(topic, partition, from, limits) {
      const fetched = await log.fetch(topic, partition, from, limits);
      if (fetched.next > from) beat();
      return fetched;
    },
    async producer() {
      const producer = await log.producer();
      beat();
      return {
        async send(records) {
          const offsets = await producer.send(records);
          beat();
          return offsets;
        },
        close: () => producer.close(),
      };
    },
    async transactor(id) {
      const transactor = await log.transactor(id);
      beat();
      return {
        async commit(records, progress) {
          await transactor.commit(records, progress);
          beat();
        },
        close: () => transactor.close(),
      };
    },
    close: () => log.close(),
  };
}
