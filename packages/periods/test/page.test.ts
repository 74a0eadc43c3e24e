import { compareRatios, decimal, ratio, roundHalfUp, toText } from "@tallybook/money";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  calendar,
  type CalendarSpec,
  heldByLevels,
  makeCalendar,
  percentile,
  type Period,
  periodAt,
  prorate,
  type Proration,
  prorations,
} from "@tallybook/periods";
import { spec } from "./calendars.ts";
import { at, period, shown } from "./times.ts";

const page = readFileSync(path.join(import.meta.dirname, "../../../docs/calendars.md"), "utf8");

/** The rows of every table whose columns are named so, without their quotes. */
function tables(...columns: readonly string[]): string[][] {
  const all = page
    .trim()
    .split(/\n\n+/)
    .filter((block) => block.startsWith("|"))
    .map((block) => block.split("\n").map(cells));
  const found = all.filter(([head]) => String(head) === String(columns));
  if (found.length === 0) throw new Error(`no table of ${columns.join(", ")}`);
  return found.flatMap(([, , ...rows]) => rows);
}

function cells(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("`", ""));
}

function periodOf(text: string): Period {
  const [from = "", to = ""] = text.split(" … ");
  return period(from, to);
}

describe("docs/calendars.md", () => {
  test.each(tables("calendar", "a time", "its period"))(
    "%s, at %s: %s",
    (text = "", time = "", expected) => {
      expect(shown(periodAt(calendar(spec(text)), at(time)))).toBe(expected);
    },
  );

  test.each(tables("convention", "part", "of", "is"))(
    "%s: %s of %s is %s",
    (convention = "", part = "", of = "", expected = "") => {
      // The calendar says how long an interval is; all of these are of months, by the whole's own day.
      const monthly = calendar(spec(`1 month on ${of.slice(8, 10)}`));
      const [num = "", den = ""] = expected.split("/");
      const found = prorate(convention as Proration, periodOf(part), periodOf(of), monthly);
      expect(compareRatios(found, ratio(decimal(num), decimal(den)))).toBe(0);
    },
  );

  test("it names every convention", () => {
    const named = tables("convention", "counts", "parts add up to 1").map(([name]) => name);
    expect(named).toEqual(prorations);
  });

  test.each(
    tables("held before", "from then on", "over", "value × seconds", "share of the period"),
  )("%s held, then %s, over %s: %s, %s", (before = "", then = "", over = "", seconds, share) => {
    const levels = then
      .split(", ")
      .filter((text) => text !== "")
      .map((text) => text.split(": "))
      .map(([time = "", level = ""]) => ({ time: at(time), level: decimal(level) }));
    const held = heldByLevels(decimal(before), levels, periodOf(over));
    expect(toText(held.value_seconds)).toBe(seconds);
    expect(toText(roundHalfUp(held.weighted, 10))).toBe(share);
  });

  test.each(tables("percent", "samples", "value"))(
    "the %sth of %s is %s",
    (percent = "", samples = "", expected) => {
      const sample = 300_000_000;
      const list = samples.split(" ");
      const readings = list.flatMap((value, index) =>
        value === "-" ? [] : [{ time: index * sample, value: decimal(value) }],
      );
      const found = percentile({ percent: decimal(percent), sample, combining: "max" }, readings, {
        from: 0,
        to: list.length * sample,
      });
      expect(toText(found.value)).toBe(expected);
    },
  );

  test("its calendar can be made, and IST is refused as it says", () => {
    const [, json = ""] = /```json\n([^`]*)```/.exec(page) ?? [];
    const given = JSON.parse(json) as CalendarSpec;
    expect(makeCalendar(given).ok).toBe(true);
    const detail = /`(zone:[^`]*)`/.exec(page)?.[1]?.replaceAll(/\s+/g, " ");
    expect(() => calendar({ ...given, zone: "IST" })).toThrow(detail);
  });
});
