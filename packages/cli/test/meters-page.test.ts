import { readFileSync } from "node:fs";
import path from "node:path";

import { emptyCatalog, evolve, metersAt, plan, validateDocument } from "@tallybook/catalog";
import type { MeterPublished } from "@tallybook/catalog";
import { meteredUsage } from "@tallybook/journal";
import { toText } from "@tallybook/money";
import { monthOf, parseTime } from "@tallybook/periods";
import {
  eventRowOf,
  measure,
  mergedQuantity,
  parseJson,
  quantityOf,
  readEvent,
  timeOf,
  usageRowOf,
} from "@tallybook/usage";
import { describe, expect, test } from "vitest";
import { readDocument } from "../src/document.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../../docs/meters.md"), "utf8");

/** The page's blocks of a language, in their order. */
function blocks(language: string): string[] {
  const found = page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"));
  return [...found].map(([, text = ""]) => text);
}

/** The facts that a document comes to; what is refused ends the test. */
function published(json: unknown) {
  const read = validateDocument(json);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const planned = plan(emptyCatalog(), read.document, { now: 0, actor: "key", tenant: "t" });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.facts;
}

/** Lines of events, as they stand in the log one after the other. */
function eventsOf(lines: string) {
  return lines
    .trim()
    .split("\n")
    .map((line, offset) => {
      const json = parseJson(line);
      if (!json.ok) throw new Error(json.why);
      const context = { tenant: "t", received_at: 0, door: "native", api_key: "key" };
      const read = readEvent(json.value, context);
      if (!read.ok) throw new Error(`${read.field} ${read.detail}`);
      const { event } = read;
      const time = event.time ?? 0;
      return {
        ...event,
        kind: "UsageAccepted" as const,
        time,
        received_at: 0,
        cut: 1,
        raw_offset: offset,
        content_hash: Buffer.alloc(32),
        corrected: null,
        backfill: null,
      };
    });
}

describe("docs/meters.md", () => {
  const [sampled = "", inTime = "", late = ""] = blocks("json");
  const [held = "", matrix = ""] = blocks("yaml");
  const events = eventsOf(sampled);
  const rows = [...page.matchAll(/^\| `(\w+)` +\| [^|]+\| ([\d.]+) +\| ([\d.]+) +\|$/gm)];

  test("has an example of each aggregation", () => {
    expect(rows.map(([, aggregation]) => aggregation)).toEqual([
      "count",
      "sum",
      "max",
      "min",
      "latest",
      "unique",
      "average",
    ]);
  });

  test.each(rows.map(([, aggregation = "", first = "", late = ""]) => [aggregation, first, late]))(
    "%s is billed as %s, and as %s with what came late",
    (aggregation, first, late) => {
      const value_property =
        aggregation === "count" ? null : aggregation === "unique" ? "user" : "gpus";
      const facts = published({
        meters: [{ meter: "m", event_type: "gpu.sample", aggregation, value_property }],
      });
      const meters = new Map([["m", facts as MeterPublished[]]]);
      const measured = events.flatMap((event) =>
        measure(event, meters).measurements.map((each) => usageRowOf(each, event, 0)),
      );
      expect([
        toText(mergedQuantity(measured.slice(0, 3))),
        toText(mergedQuantity(measured)),
      ]).toEqual([first, late]);
    },
  );

  const wide = [...page.matchAll(/^\| `(\w+)` +\| [^|]+\| (\d+) +\| (\d+) +\| (\d+) +\|$/gm)];

  test("has an example of each meter of its second document", () => {
    expect(wide.map(([, meter]) => meter)).toEqual(["gpus", "disk", "port", "runs"]);
  });

  test.each(
    wide.map(([, meter = "", first = "", again = "", december = ""]) => [
      meter,
      first,
      again,
      december,
    ]),
  )("%s is %s, %s with what came late, and %s in December", (meter, first, again, december) => {
    const { json } = readDocument(held, "meters.md");
    const catalog = published(json).reduce(
      (known, fact, offset) => evolve(known, fact, offset),
      emptyCatalog(),
    );
    const quantity = (lines: string, month: string) => {
      const rows = eventsOf(lines).flatMap((event) =>
        measure(event, metersAt(catalog, "t")).measurements.map((each) =>
          eventRowOf(each, event, 0),
        ),
      );
      const period = monthOf(parseTime(`${month}-01T00:00:00Z`) ?? NaN);
      const of = { tenant: "t", customer: "acme", subscription: "acme:agents", period };
      const own = rows.filter((row) => monthOf(timeOf(row)).from === period.from);
      const used = meteredUsage(of, meter, { rows: own, earlier: rows }, catalog);
      return toText(quantityOf(used.rows, used));
    };
    expect([
      quantity(inTime, "2023-11"),
      quantity(inTime + late, "2023-11"),
      quantity(inTime + late, "2023-12"),
    ]).toEqual([first, again, december]);
  });

  test("the matrix on it is taken as it stands", () => {
    const { json } = readDocument(matrix, "meters.md");
    expect(published(json).map(({ kind }) => kind)).toEqual(["MeterPublished", "PlanPublished"]);
  });

  test("asks for a history as it says", () => {
    const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);
    const text = blocks.find((each) => each.includes("history: fill")) ?? "";
    expect(published(readDocument(text, "meters.md").json)).toMatchObject([
      { kind: "MeterPublished", meter: "tool_calls" },
      { kind: "MeterFillRequested", meter: "tool_calls" },
    ]);
  });
});
