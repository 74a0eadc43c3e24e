import { generateKeyPairSync } from "node:crypto";

import { createMemoryLog } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { identityKey, isInRange, rangedClaim, signBarrier, windowBehind } from "@tallybook/usage";
import type { Claim, UsageReported, Window } from "@tallybook/usage";
import { encode, readRaw, topics } from "@tallybook/wire";
import fc from "fast-check";
import { expect, test } from "vitest";

import { decidePartition } from "../src/decide-partition.ts";
import type { PartitionTask } from "../src/decide-partition.ts";
import { decideAgain } from "../src/decider.ts";
import type { ClaimsOfIdentities, DecidedRecord } from "../src/decider.ts";
import { earlierRecords } from "../src/earlier.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const second = 1_000_000;
const begin = 1_700_000_000 * second;
const partitions = 1;
/** Records of the owners that are handed over at once. */
const pieceMax = 3;

function byOffset(one: DecidedRecord, other: DecidedRecord): number {
  return one.offset - other.offset;
}

const event = fc.record({
  tenant: fc.constantFrom("a", "b"),
  source: fc.constantFrom("", "s"),
  id: fc.constantFrom("1", "2", "é", "tab\t"),
  customer: fc.constantFrom("c1", "c2"),
  isTimed: fc.boolean(),
  secondsLater: fc.constantFrom(-130, 0, 0, 0, 5, 70),
  isReceived: fc.boolean(),
  properties: fc.constantFrom<Record<string, string>>(
    { n: "1", model: "x" },
    { model: "x", n: "1" },
    { n: "2", model: "x" },
    { n: "1", model: "ü" },
    { __proto: "__proto__", n: "1" },
    {},
  ),
  target: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom("1", "2") },
  ),
  retracts: fc.boolean(),
  backfill: fc.oneof(
    { weight: 6, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant("b") },
  ),
  isKeyed: fc.integer({ min: 0, max: 20 }).map((number) => number > 0),
});
type Given = typeof event extends fc.Arbitrary<infer Of> ? Of : never;

const step = fc.oneof(
  { weight: 12, arbitrary: event.map((given) => ({ kind: "event", given }) as const) },
  { weight: 4, arbitrary: fc.boolean().map((isLater) => ({ kind: "again", isLater }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "barrier" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "rubbish" } as const) },
);

/** A backfill of tenant a for as long as the test lasts. */
const range = { tenant: "a", backfill: "b", sources: [], closes_at: 2 * begin, catalog_offset: 0 };

function reported(given: Given, now: number): UsageReported {
  const { target, isTimed, secondsLater, isReceived, retracts, properties } = given;
  const isRetraction = target !== null && retracts;
  return {
    kind: "UsageReported",
    tenant: given.tenant,
    source: given.source,
    id: given.id,
    type: target === null ? "llm" : "",
    customer: target === null ? given.customer : "",
    subscription: null,
    time: isTimed && !isRetraction ? now + secondsLater * second : null,
    properties: isRetraction ? {} : properties,
    received_at: isReceived ? now : null,
    door: "native",
    api_key: null,
    target,
    personal: {},
    correction: target === null ? null : { retracts, reason: "wrong" },
    backfill: given.backfill,
  };
}

test("a partition is decided as each record of it is decided by itself, met contents and all", async () => {
  let repeats = 0;
  let conflicts = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 40, maxLength: 120 }),
      fc.boolean(),
      fc.constantFrom([], [{ tenant: "a", customer: "c9" }]),
      async (steps, simulated, others) => {
        const log = createMemoryLog();
        await log.prepareTopics([{ topic: topics.usageRaw, partitions }]);
        const producer = await log.producer();
        let [now, cut] = [begin, 0];
        let last: Extract<(typeof steps)[number], { kind: "event" }> | undefined;
        for (const each of [{ kind: "barrier" } as const, ...steps]) {
          log.setTime(now / 1_000);
          let [key, value]: [Buffer | null, Buffer] = [null, Buffer.from("rubbish")];
          if (each.kind === "barrier") {
            now += 40 * second;
            value = encode(
              signBarrier({ cut, partition: 0, time: now, catalog_offset: 1 }, privateKey),
            );
            cut += 1;
          } else if (each.kind !== "rubbish") {
            if (each.kind === "event") last = each;
            if (last === undefined) continue;
            // A retry may have been received at another time, which is none of its content.
            const isLater = each.kind === "again" && each.isLater;
            const fact = { ...reported(last.given, now), ...(isLater ? { api_key: "k" } : {}) };
            const { tenant, source, id, target } = fact;
            key = last.given.isKeyed
              ? identityKey(tenant, source, target ?? id)
              : Buffer.from("other");
            value = encode(fact);
          }
          await producer.send([{ topic: topics.usageRaw, partition: 0, key, value }]);
        }
        const settings = {
          window_seconds: 100,
          ahead_seconds: 20,
          cut_interval_seconds: 10,
          simulated,
          backfills: [{ ...range, from: begin - 100 * second, to: begin + 30 * second }],
        };
        const task: PartitionTask = {
          partition: 0,
          partitions,
          publicKey: publicKey.export({ type: "spki", format: "der" }),
          settings: [{ offset: 0, settings }],
          to: log.recordsOf(topics.usageRaw, 0).length,
          owners: [{ tenant: "a", customer: "c1" }, ...others],
          pieceMax,
        };
        const expected: DecidedRecord[] = [];
        const claims = new Map<string, Claim>();
        const inRange = new Map<string, Claim>();
        const named = (identity: Uint8Array) => Buffer.from(identity).toString("latin1");
        const known: ClaimsOfIdentities = {
          of: (identity) => claims.get(named(identity)),
          put: (identity, claim) => claims.set(named(identity), claim),
          in: (_, identity) => inRange.get(named(identity)),
          take(accepted) {
            const { tenant, source, id } = accepted;
            if (settings.backfills.some((each) => isInRange(each, accepted)))
              inRange.set(named(identityKey(tenant, source, id)), rangedClaim(accepted));
          },
        };
        let window: Window | undefined;
        for (const record of log.recordsOf(topics.usageRaw, 0)) {
          const fact = readRaw(record.value);
          if (fact.kind === "BarrierPlaced") {
            window = windowBehind({ ...fact, raw_offset: record.offset }, window, settings);
            continue;
          }
          const earlier = await earlierRecords(log, 0, { record, fact }, window, known);
          expected.push(decideAgain(record, fact, task, window, known, earlier));
        }
        const own: DecidedRecord[] = [];
        let [fetches, taking, most] = [0, 0, 0];
        const counting: Log = {
          ...log,
          fetch: (...given) => {
            // Nothing is read on while records wait to be taken.
            expect(taking).toBe(0);
            fetches += 1;
            return log.fetch(...given);
          },
        };
        const takeRecords = async (records: readonly DecidedRecord[]) => {
          taking += 1;
          most = Math.max(most, records.length);
          const before = fetches;
          await Promise.resolve();
          expect([taking, fetches]).toEqual([1, before]);
          own.push(...records);
          taking -= 1;
        };
        const found = await decidePartition(counting, task, takeRecords);
        expect(most).toBeLessThanOrEqual(pieceMax);
        const counted = own.filter(({ kind }) => kind === "accepted");
        expect(counted).toEqual(counted.toSorted(byOffset));
        const count = (kind: string) => expected.filter((each) => each.kind === kind).length;
        expect(found.counts).toEqual({
          accepted: count("accepted"),
          duplicate: count("duplicate"),
          conflict: count("conflict"),
          refused: count("refused"),
        });
        const ofTenant = expected.filter(({ tenant }) => tenant === "a");
        expect(own.toSorted(byOffset)).toEqual(
          ofTenant.filter(
            (each) =>
              each.event?.customer === "c1" || each.event?.corrected?.replaced.customer === "c1",
          ),
        );
        expect([...found.nameless]).toEqual([
          ["a", ofTenant.filter((each) => each.event === null).length],
        ]);
        expect([found.records, found.barriers.length]).toEqual([expected.length, cut]);
        repeats += found.counts.duplicate;
        conflicts += found.counts.conflict;
      },
    ),
    { numRuns: 150 },
  );
  // Where nobody meets anybody, nothing is proven.
  expect([repeats > 100, conflicts > 100]).toEqual([true, true]);
});
