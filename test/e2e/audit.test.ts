import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { knownAt, reconcile, replay, replayAll, rerate, UnprovenColumns } from "@tallybook/audit";
import type { WhyEvent } from "@tallybook/audit";
import {
  applyExample,
  type EnginePlace,
  listInvoices,
  monthBegin,
  readTraces,
  stream,
  traceSubscribers,
  withEngines,
} from "@tallybook/cli";
import type { UsageEvent } from "@tallybook/client";
import type { NumberedDocument } from "@tallybook/invoice";
import { askClickHouse } from "@tallybook/local";
import { type SharedEngines, startStack, type TestStack, traces } from "@tallybook/testkit";
import { at } from "@tallybook/testkit/facts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  advance,
  decemberClosed,
  januaryClosed,
  novemberClosed,
  tracesEnd,
} from "./support/billing.ts";
import { type RunningEngines, runEngines } from "./support/engines.ts";
import { ratedAnew } from "./support/rated-anew.ts";
import { tally } from "./support/tally.ts";

let running: RunningEngines;
let shared: SharedEngines;
let place: EnginePlace;
let signingKey: KeyObject;
let november: NumberedDocument;
let invoices: readonly NumberedDocument[];

beforeAll(async () => {
  running = await runEngines();
  shared = running.next();
  place = {
    kafka: { brokers: shared.brokers, topic_prefix: shared.topicPrefix },
    clickhouse: { url: shared.clickHouseUrl, analyst_url: null, database: shared.database },
  };
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

describe("a disputed month", () => {
  test("is billed, with repeats, conflicts and what came late; each line and each event say why", async () => {
    using data = traces(1);
    await using stack = await startStack({ clock: monthBegin, engines: shared });
    const { target } = stack;
    await applyExample(target, traceSubscribers(2));
    await advance(target, tracesEnd);
    const events = readTraces(data.dir, 2).slice(0, 2_500);
    const [first] = events;
    if (first === undefined) throw new Error("no event");
    await stream(target, [...events.slice(0, 2_400), ...events.slice(0, 300)]);
    await stream(target, [{ ...first, properties: { ...first.properties, model: "another" } }]);
    await advance(target, novemberClosed);
    await stream(target, events.slice(2_400));
    await advance(target, decemberClosed);
    await backfilled(stack, data.dir, events);
    await advance(target, januaryClosed);
    invoices = await listInvoices(target);
    november = invoices[0] as NumberedDocument;
    signingKey = createPrivateKey(readFileSync(stack.run().signing_key_file));

    const here = ["--data", stack.dir];
    const why = await tally(["why", first.id, "--as", "event", "--json", ...here]);
    const { records } = JSON.parse(why.out) as WhyEvent;
    const reasons = records.map(({ answers }) => [...new Set(answers.map(({ reason }) => reason))]);
    expect(reasons.map(String).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "billed",
      "conflict",
      "duplicate",
      "duplicate",
    ]);
    const ofCustomer = await tally(["why", november.customer, ...here]);
    expect([ofCustomer.code, ofCustomer.out]).toEqual([0, expect.stringContaining("billed")]);
    expect((await tally(["why", "nobody-sent-this", ...here])).code).toBe(1);
    await disputed(stack, november.number);
  }, 240_000);

  test("comes out exactly both ways, with every service gone", async () => {
    await withEngines(place, async (opened) => {
      for (const full of [false, true]) {
        const threads = { threadsFrom: 0, threadsMax: 2 };
        const whole = { ...opened, full, ...threads, shownMax: 10_000 };
        const found = await Array.fromAsync(replayAll(whole));
        // Handed over by the threads and asked of ClickHouse in pieces, to the byte the same.
        expect(await Array.fromAsync(replayAll({ ...whole, heldMax: 300 }))).toEqual(found);
        expect(found.map(({ number, verdict, lines }) => [number, verdict, lines.length])).toEqual(
          invoices.map(({ number, lines }) => [number, { kind: "equal" }, lines.length]),
        );
        const events = found.flatMap(({ lines }) => lines).flatMap((line) => line.events);
        const ofDrawer = events.filter(({ id }) => id.startsWith("drawer-"));
        expect(ofDrawer.length).toBeGreaterThan(0);
        expect(events.filter(({ backfill }) => backfill !== null)).toEqual(ofDrawer);
        const adjustments = found.flatMap(({ lines }) =>
          lines.map(({ transaction }) => transaction),
        );
        const named = adjustments.filter(({ backfills }) => backfills.length > 0);
        expect(new Set(named.map(({ kind }) => kind))).toEqual(new Set(["adjustment"]));
        expect(new Set(named.flatMap(({ backfills }) => backfills))).toEqual(
          new Set(ofDrawer.map(({ backfill }) => backfill)),
        );
      }
      const all = await replay({ ...opened, invoice: november.number, full: true });
      expect(all.reading).toMatchObject({ kind: "full", duplicates: 300, conflicts: 1 });
      const { posted, raised } = await ratedAnew(opened, signingKey);
      expect([posted.length > 0, raised]).toEqual([true, []]);
    });
  }, 120_000);

  test("was billed by what was known, and would have been billed otherwise by what came later", async () => {
    await withEngines(place, async (opened) => {
      const ask = (time: string) =>
        knownAt({ ...opened, invoice: november.number, at: { time: at(time) } });
      expect((await ask(novemberClosed)).periods.map(({ difference }) => difference)).toEqual(
        (await ask(novemberClosed)).periods.map(() => "0"),
      );
      const later = await ask(decemberClosed);
      expect(later.periods.some(({ difference }) => difference !== "0")).toBe(true);
    });
  }, 60_000);

  test.each([
    {
      what: "a rollup changed",
      statements: [
        "ALTER TABLE rollups UPDATE quantity = quantity + 1 WHERE customer = {customer} LIMIT_ONE",
      ],
      isNamedExact: true,
    },
    {
      what: "an event gone",
      statements: [
        "DELETE FROM usage_events WHERE (log_partition, raw_offset) = {place}",
        "DELETE FROM measurements WHERE (log_partition, raw_offset) = {place}",
      ],
      isNamedExact: false,
    },
  ])(
    "is found out where ClickHouse has $what: by replay, by reconcile, and by who rates",
    async ({ statements, isNamedExact }) => {
      await withEngines(place, async (opened) => {
        const before = await replay({ ...opened, invoice: november.number });
        const [event] = before.lines.flatMap(({ events }) => events);
        const stands = `(${event?.partition}, ${event?.offset})`;
        const slot = before.lines.flatMap(({ rollup }) => rollup)[0]?.slot ?? "";
        for (const statement of statements)
          await askClickHouse(
            shared.clickHouseUrl,
            `${statement
              .replace("{place}", stands)
              .replace("{customer}", `'${november.customer}'`)
              .replace("LIMIT_ONE", `AND slot = '${slot.slice(0, 19).replace("T", " ")}'`)
              .replace(/(TABLE|FROM) /, `$1 ${shared.database}.`)} SETTINGS mutations_sync = 2`,
          );
        const [byNames, byAll] = [
          await replay({ ...opened, invoice: november.number }),
          await replay({ ...opened, invoice: november.number, full: true }),
        ];
        expect(byNames.verdict.kind).toBe(isNamedExact ? "columns_differ" : "different");
        expect(byAll.verdict.kind).toBe("columns_differ");
        const { rows } = await reconcile(opened);
        expect(rows.filter(({ residual }) => residual !== "0").length).toBeGreaterThan(0);
        const period = { from: at(monthBegin), to: at("2023-12-01T00:00:00Z") };
        await expect(rerate({ ...opened, period })).rejects.toThrow(UnprovenColumns);
        const { posted, raised } = await ratedAnew(opened, signingKey);
        expect([posted, raised.length > 0]).toEqual([[], true]);
      });
    },
    120_000,
  );
});

/** A file of what was never sent, and of much that was: long out of the window, by the command, and whole over the API as well. */
async function backfilled(
  { dir, target }: TestStack,
  folder: string,
  events: readonly UsageEvent[],
): Promise<void> {
  const [again, fresh] = [events.slice(0, 300), events.slice(300, 400)];
  const file = path.join(folder, "drawer.ndjson");
  const all = [...again, ...fresh.map((each) => ({ ...each, id: `drawer-${each.id}` }))];
  writeFileSync(file, all.map((each) => JSON.stringify(each)).join("\n"));
  const range = ["--from", "2023-11-16", "--to", "2023-11-17", "--data", dir];
  const run = async (more: readonly string[]) => {
    const { code, out, err } = await tally(["backfill", file, ...range, "--json", ...more]);
    const found = JSON.parse(out) as { readonly backfill: { readonly backfill: string } | null };
    return { code, err, ...found };
  };
  expect(await run(["--dry-run"])).toMatchObject({
    code: 0,
    new: 100,
    duplicate: 300,
    conflict: 0,
  });
  const sent = await run(["--reason", "found in a drawer"]);
  expect(sent).toMatchObject({ code: 0, new: 100, sent: 100 });
  const query = { backfill: sent.backfill?.backfill };
  const whole = await target.ask("/v1/events/batch", { body: { events: all }, query });
  expect(whole).toMatchObject({ accepted: 400, refused: 0 });
  await expect
    .poll(() => run(["--dry-run"]), { timeout: 30_000 })
    .toMatchObject({ new: 0, duplicate: 400 });
}

/** A line disputed and settled from the command line. */
async function disputed({ dir: of }: TestStack, number: string): Promise<void> {
  const here = ["--data", of];
  const opened = await tally([
    "disputes",
    "open",
    number,
    "2",
    "--reason",
    "too much",
    "--json",
    ...here,
  ]);
  const dispute = JSON.parse(opened.out) as { dispute: string; replay: { verdict: string } };
  expect([opened.code, dispute.replay.verdict]).toEqual([0, "exact"]);
  expect((await tally(["disputes", "open", number, "2", "--reason", "again", ...here])).code).toBe(
    1,
  );
  expect((await tally(["disputes", ...here])).out).toContain("1 disputes are open");
  const settle = ["--by", "rejection", "--reason", "every event is in the log"];
  expect((await tally(["disputes", "settle", dispute.dispute, ...settle, ...here])).code).toBe(0);
  expect((await tally(["disputes", ...here])).out).toContain("0 disputes are open");
}
