import { readFileSync } from "node:fs";
import path from "node:path";

import { emptyCatalog, plan, validateDocument } from "@tallybook/catalog";
import type { MeterPublished } from "@tallybook/catalog";
import { toText } from "@tallybook/money";
import { measure, parseJson, mergedQuantity, readEvent, usageRowOf } from "@tallybook/usage";
import { describe, expect, test } from "vitest";
import { readDocument } from "../src/document.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../../docs/meters.md"), "utf8");

/** The lines of the page's first block of a language. */
function block(language: string): string {
  const [, text = ""] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(page) ?? [];
  return text;
}

/** The facts that a document comes to; what is refused ends the test. */
function published(json: unknown) {
  const read = validateDocument(json);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const planned = plan(emptyCatalog(), read.document, { now: 0, actor: "key", tenant: "t" });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.facts;
}

describe("docs/meters.md", () => {
  const events = block("json")
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
      };
    });
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

  test("the matrix on it is taken as it stands", () => {
    const { json } = readDocument(block("yaml"), "meters.md");
    expect(published(json).map(({ kind }) => kind)).toEqual(["MeterPublished", "PlanPublished"]);
  });
});
