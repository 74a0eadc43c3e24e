import { createReaderCluster } from "./kafkaClient.ts";
import type { Broker, Cluster, KafkaOptions } from "./kafkaClient.ts";
import { Fenced } from "./log.ts";
import { pause } from "./pause.ts";

/**
 * Says which of several processes is the active one. It saves them from fencing each other at every start; what makes a
 * second writer harmless is its transactional id alone.
 */
export interface Lease {
  /** Resolves when this process holds it; rejects when `signal` aborts, or with what `lost` says. */
  held(signal: AbortSignal): Promise<void>;
  /** Whether nobody else can hold it at this moment: what is read from this process is then the newest. */
  isSure(): boolean;
  /** Rejects with `Fenced` when another process has taken over. */
  readonly lost: Promise<never>;
  /** Gives it back, so that the next one does not wait for the session's end. */
  close(): Promise<void>;
}

/** Milliseconds without a sign after which the holder counts as gone. Kafka takes no less than six seconds. */
const sessionMs = 8_000;
const beatMs = 2_000;
const pauseMs = 500;

const protocolType = "tallybook-lease";

/** Of one that has the field to itself. */
const soleLease: Lease = {
  held: async () => {},
  isSure: () => true,
  lost: new Promise<never>(() => {}),
  close: async () => {},
};

/**
 * Joins the group of those who want to be the active one: a group of Kafka's without topics, whose leader gives the lease
 * to the member that has it, and to another one only when no member has it. `onDoubt` is told when Kafka does not answer.
 */
export function seekLease(
  name: string,
  options: KafkaOptions & {
    /** How many there are; one needs no lease. */
    readonly instances: number;
    readonly onDoubt?: (error: Error) => void;
  },
): Lease {
  if (options.instances === 1) return soleLease;
  const group = `${options.prefix ?? ""}${name}`;
  const closing = new AbortController();
  const held = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  let memberId = "";
  /** The group's generation since which this process holds the lease; 0: it does not. */
  let term = 0;
  /** The first generation of its membership; 0: it has none. */
  let since = 0;
  let sureUntil = 0;
  let leave: (() => Promise<void>) | undefined;

  async function joined(coordinator: Broker): Promise<number> {
    const askedAt = performance.now();
    const { generationId, leaderId, ...answer } = await coordinator.joinGroup({
      groupId: group,
      sessionTimeout: sessionMs,
      rebalanceTimeout: sessionMs,
      memberId,
      protocolType,
      groupProtocols: [
        { name: protocolType, metadata: Buffer.from(JSON.stringify({ term, since })) },
      ],
    });
    if (memberId !== answer.memberId || since === 0) since = generationId;
    memberId = answer.memberId;
    const members = leaderId === memberId ? answer.members : [];
    const holder = Buffer.from(holderAmong(members));
    const { memberAssignment } = await coordinator.syncGroup({
      groupId: group,
      generationId,
      memberId,
      groupAssignment: members.map((member) => ({
        memberId: member.memberId,
        memberAssignment: holder,
      })),
    });
    const isHolder = memberAssignment.toString() === memberId;
    if (term > 0 && !isHolder) throw new Fenced(`another process is the active ${name} now`);
    if (term === 0 && isHolder) term = generationId;
    if (isHolder) {
      sureUntil = askedAt + sessionMs;
      held.resolve();
    }
    return generationId;
  }

  /** Resolves when the group has changed and is to be joined again. */
  async function stay(coordinator: Broker, generationId: number): Promise<void> {
    while (!closing.signal.aborted) {
      await pause(beatMs, closing.signal);
      const askedAt = performance.now();
      try {
        await coordinator.heartbeat({ groupId: group, groupGenerationId: generationId, memberId });
      } catch (error) {
        if (typeOf(error) === "REBALANCE_IN_PROGRESS") return;
        throw error;
      }
      if (term > 0) sureUntil = askedAt + sessionMs;
    }
  }

  async function take(cluster: Cluster): Promise<void> {
    await cluster.connect();
    while (!closing.signal.aborted) {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      leave = () => coordinator.leaveGroup({ groupId: group, memberId });
      try {
        await stay(coordinator, await joined(coordinator));
      } catch (error) {
        if (!passing.has(typeOf(error) ?? "")) throw error;
        // Away for longer than the session: the group has gone on without us. We ask again, with what we hold.
        if (typeOf(error) === "UNKNOWN_MEMBER_ID") {
          memberId = "";
          since = 0;
        }
      }
    }
  }

  const done = (async () => {
    while (!closing.signal.aborted) {
      const cluster = createReaderCluster(options);
      try {
        await take(cluster);
      } catch (error) {
        if (error instanceof Fenced) return lost.reject(error);
        options.onDoubt?.(error as Error);
        await pause(pauseMs, closing.signal);
      } finally {
        if (closing.signal.aborted && memberId !== "") await leave?.().catch(() => {});
        await cluster.disconnect().catch(() => {});
      }
    }
  })();

  return {
    held: (signal) => Promise.race([held.promise, lost.promise, aborted(signal)]),
    isSure: () => performance.now() < sureUntil,
    lost: lost.promise,
    async close() {
      closing.abort();
      await done;
    },
  };
}

/** Errors of a group that is changing. */
const passing = new Set(["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION", "REBALANCE_IN_PROGRESS"]);

// Two may think they hold it when one of them was away: the later one has fenced the other. When nobody does, it is the
// turn of who has waited longest.
function holderAmong(
  members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[],
): string {
  const [first] = members
    .map(({ memberId, memberMetadata }) => {
      const { term, since } = JSON.parse(memberMetadata.toString()) as Claim;
      return { memberId, term, since: since === 0 ? Number.POSITIVE_INFINITY : since };
    })
    .toSorted(
      (a, b) => b.term - a.term || compare(a.since, b.since) || compare(a.memberId, b.memberId),
    );
  return first?.memberId ?? "";
}

type Claim = { readonly term: number; readonly since: number };

function compare<Value extends number | string>(a: Value, b: Value): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function typeOf(error: unknown): string | undefined {
  return (error as { type?: string }).type;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
