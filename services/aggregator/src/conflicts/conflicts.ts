import { readAll } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import type { UsageRejected, UsageReported } from "@tallybook/usage";
import { decode, topics, Undecodable } from "@tallybook/wire";

/** An event that was rejected since an accepted one has its id and another content. */
export interface Conflict {
  /** Partition and offset of the rejected record in `usage.raw`, joined by a hyphen. */
  readonly id: string;
  readonly partition: number;
  readonly rejected: UsageRejected;
}

/** The conflicts of a deployment, as far as they are decided. */
export interface Conflicts {
  /** All of a tenant, in the order of cut, partition and offset. Reads what has come since it was asked last. */
  of(tenant: string): Promise<readonly Conflict[]>;
  /** An event of `usage.raw`; null where the record is none. */
  eventAt(partition: number, offset: number): Promise<UsageReported | null>;
}

/** Folds `usage.rejected`, keeping conflicts alone, when somebody asks. */
export function createConflicts(log: Log, partitions: number): Conflicts {
  const byTenant = new Map<string, Conflict[]>();
  const positions = Array.from({ length: partitions }, () => ({ next: 0, taken: -1 }));
  let reading: Promise<void> = Promise.resolve();

  async function catchUp(): Promise<void> {
    for (const [partition, position] of positions.entries()) {
      const range = { from: position.next };
      for await (const { offset, value } of readAll(log, topics.usageRejected, partition, range)) {
        position.next = offset + 1;
        const fact = decode(value);
        if (fact.kind !== "UsageRejected" && fact.kind !== "UsageDuplicated") continue;
        // A repeat of what stood there before.
        if (fact.raw_offset <= position.taken) continue;
        position.taken = fact.raw_offset;
        if (fact.kind === "UsageRejected" && fact.verdict === "conflict") keep(partition, fact);
      }
    }
  }

  function keep(partition: number, rejected: UsageRejected): void {
    const id = `${partition}-${rejected.raw_offset}`;
    const own = byTenant.get(rejected.tenant);
    // The event itself is in `usage.raw`.
    const conflict = { id, partition, rejected: { ...rejected, bytes: null } };
    if (own === undefined) byTenant.set(rejected.tenant, [conflict]);
    else own.push(conflict);
  }

  return {
    async of(tenant) {
      const before = reading;
      reading = before.catch(() => {}).then(catchUp);
      await reading;
      return (byTenant.get(tenant) ?? []).toSorted(byPlace);
    },
    async eventAt(partition, offset) {
      const { records } = await log.fetch(topics.usageRaw, partition, offset, oneRecord);
      const [found] = records;
      if (found?.offset !== offset) return null;
      try {
        const fact = decode(found.value);
        return fact.kind === "UsageReported" ? fact : null;
      } catch (error) {
        if (error instanceof Undecodable) return null;
        throw error;
      }
    },
  };
}

const oneRecord = { bytesMax: 1, waitMsMax: 500 };

function byPlace(one: Conflict, other: Conflict): number {
  return (
    one.rejected.cut - other.rejected.cut ||
    one.partition - other.partition ||
    one.rejected.raw_offset - other.rejected.raw_offset
  );
}
