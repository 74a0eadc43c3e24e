import { parseTime } from "@tallybook/periods";
import { expect, test } from "vitest";

import { dayText, daysText } from "../src/days.ts";

function at(text: string): number {
  return parseTime(text) ?? Number.NaN;
}

test.each([
  ["2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z", "UTC", "2023-11-01 to 2023-11-30"],
  ["2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z", "Europe/Berlin", "2024-03-31 to 2024-03-31"],
  ["2024-02-29T18:15:00Z", "2024-03-31T18:15:00Z", "Asia/Kathmandu", "2024-03-01 to 2024-03-31"],
  [
    "2024-01-31T14:37:12Z",
    "2024-02-29T14:37:12Z",
    "Asia/Kathmandu",
    "2024-01-31 20:22:12 to 2024-02-29 20:22:12",
  ],
])("from %s to %s in %s is told as %s", (from, to, zone, expected) => {
  expect(daysText(at(from), at(to), zone)).toBe(expected);
});

test("a day is that of the zone", () => {
  expect(dayText(at("2024-02-29T18:15:00Z"), "Asia/Kathmandu")).toBe("2024-03-01");
});
