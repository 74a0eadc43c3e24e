import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTime, type Micros, zoneNamed, type Zone } from "@tallybook/periods";
import { at, rows, zones } from "./times.ts";

const second = 1_000_000;

describe("what a zone's clocks show", () => {
  const table = `
    Asia/Kathmandu       2024-02-29T18:14:59Z  2024-02-29T23:59:59
    Asia/Kathmandu       2024-02-29T18:15:00Z  2024-03-01T00:00:00
    Asia/Kathmandu       1985-12-31T18:29:59Z  1985-12-31T23:59:59
    Asia/Kathmandu       1985-12-31T18:30:00Z  1986-01-01T00:15:00
    Europe/Berlin        2024-03-31T00:59:59Z  2024-03-31T01:59:59
    Europe/Berlin        2024-03-31T01:00:00Z  2024-03-31T03:00:00
    Europe/Berlin        1945-05-24T00:00:00Z  1945-05-24T03:00:00
    America/New_York     2024-11-03T05:59:59Z  2024-11-03T01:59:59
    America/New_York     2024-11-03T06:00:00Z  2024-11-03T01:00:00
    America/New_York     2090-07-01T12:00:00Z  2090-07-01T08:00:00
    Australia/Lord_Howe  2024-04-06T14:59:59Z  2024-04-07T01:59:59
    Australia/Lord_Howe  2024-04-06T15:00:00Z  2024-04-07T01:30:00
    America/Sao_Paulo    2018-11-04T02:59:59Z  2018-11-03T23:59:59
    America/Sao_Paulo    2018-11-04T03:00:00Z  2018-11-04T01:00:00
    Pacific/Apia         2011-12-30T09:59:59Z  2011-12-29T23:59:59
    Pacific/Apia         2011-12-30T10:00:00Z  2011-12-31T00:00:00
    Africa/Monrovia      1960-01-01T00:00:00Z  1959-12-31T23:15:30
    Africa/Casablanca    2024-03-10T01:59:59Z  2024-03-10T02:59:59
    Africa/Casablanca    2024-03-20T12:00:00Z  2024-03-20T12:00:00
    Africa/Casablanca    2024-04-14T02:00:00Z  2024-04-14T03:00:00
    Africa/Tunis         1943-04-20T12:00:00Z  1943-04-20T13:00:00
    Africa/Tunis         1943-04-25T12:00:00Z  1943-04-25T14:00:00
    America/Boa_Vista    2000-10-12T12:00:00Z  2000-10-12T09:00:00
    America/Boa_Vista    2000-10-16T12:00:00Z  2000-10-16T08:00:00`;

  test.each(rows(table))("%s at %s: %s", (name = "", time = "", local) => {
    expect(reading(zone(name), at(time))).toBe(local);
  });

  test("it is what the runtime shows for that one time", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyTime, (name, time) => {
        const format = new Intl.DateTimeFormat("sv-SE", {
          timeZone: name,
          dateStyle: "short",
          timeStyle: "medium",
        });
        expect(reading(zone(name), time)).toBe(
          format.format(Math.floor(time / 1_000)).replace(" ", "T"),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("when a zone's clocks show it", () => {
  const table = `
    Asia/Kathmandu       2024-03-01T00:00:00  2024-02-29T18:15:00Z
    Europe/Berlin        2024-06-01T00:00:00  2024-05-31T22:00:00Z
    Europe/Berlin        2024-03-31T02:30:00  2024-03-31T01:00:00Z
    Europe/Berlin        2024-03-31T03:00:00  2024-03-31T01:00:00Z
    Europe/Berlin        2024-03-31T03:30:00  2024-03-31T01:30:00Z
    Europe/Berlin        2024-10-27T02:30:00  2024-10-27T00:30:00Z
    Europe/Berlin        2024-10-27T03:00:00  2024-10-27T02:00:00Z
    America/Sao_Paulo    2018-11-04T00:00:00  2018-11-04T03:00:00Z
    America/Sao_Paulo    2019-02-16T23:30:00  2019-02-17T01:30:00Z
    Pacific/Apia         2011-12-30T14:37:12  2011-12-30T10:00:00Z
    Australia/Lord_Howe  2024-04-07T01:45:00  2024-04-06T14:45:00Z`;

  test.each(rows(table))("%s, %s: %s", (name = "", local = "", time) => {
    expect(formatTime(zone(name).firstAt(at(`${local}Z`)))).toBe(time);
  });

  test("it is the first moment at which they have reached it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        anyTime,
        fc.integer({ min: -30, max: 0 }),
        (name, local, hours) => {
          const { firstAt, localAt } = zone(name);
          const first = firstAt(local);
          expect(localAt(first)).toBeGreaterThanOrEqual(local);
          expect(localAt(first - 1)).toBeLessThan(local);
          expect(localAt(first + hours * 3_600 * second - 1)).toBeLessThan(local);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("also around where the tables of a zone are read in pieces, by the furthest clocks", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("Pacific/Kiritimati", "Etc/GMT+12", "Pacific/Apia"),
        fc.integer({ min: -60, max: 120 }),
        fc.integer({ min: -57_600, max: 57_600 }),
        (name, piece, seconds) => {
          const { firstAt, localAt } = zone(name);
          const local = (piece * 2 ** 25 + seconds) * second;
          const first = firstAt(local);
          expect(localAt(first)).toBeGreaterThanOrEqual(local);
          expect(localAt(first - 1)).toBeLessThan(local);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a later reading is never an earlier moment", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        anyTime,
        fc.integer({ min: 0, max: 4 * 86_400 }),
        (name, local, seconds) => {
          const { firstAt } = zone(name);
          expect(firstAt(local + seconds * second)).toBeGreaterThanOrEqual(firstAt(local));
        },
      ),
    );
  });
});

test.each(["America/Argentina/ComodRivadavia", "Etc/GMT+5", "Asia/Katmandu", "UTC", "W-SU"])(
  "%s is a zone",
  (name) => {
    expect(zoneNamed(name)?.name).toBe(name);
  },
);

test.each(["", "Mars/Olympus", "+05:45", "IST", "ACT", "PST", "europe/berlin", "Europe/Berlin "])(
  "%j is no zone",
  (name) => {
    expect(zoneNamed(name)).toBeUndefined();
  },
);

test.each([
  ["a fraction of a microsecond", 0.5],
  ["a time before 1700", Date.UTC(1699, 11, 31) * 1_000],
  ["a time after 2199", Date.UTC(2200, 0) * 1_000],
  ["no number", Number.NaN],
])("%s is refused", (_what, time) => {
  expect(() => zone("UTC").localAt(time)).toThrow(RangeError);
  expect(() => zone("UTC").firstAt(time)).toThrow(RangeError);
});

const anyTime = fc.oneof(
  fc.integer({ min: at("1900-01-01"), max: at("2105-12-31") }),
  fc.integer({ min: at("1969-01-01"), max: at("2026-12-31") }),
);

function zone(name: string): Zone {
  const found = zoneNamed(name);
  if (found === undefined) throw new Error(`no zone: ${name}`);
  return found;
}

function reading({ localAt }: Zone, time: Micros): string {
  return formatTime(Math.floor(localAt(time) / second) * second).replace("Z", "");
}
