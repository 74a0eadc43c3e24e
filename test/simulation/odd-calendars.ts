import type { CatalogFact } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import {
  calendarOf,
  customer,
  fee,
  perUnit,
  plan,
  subscription,
  tiered,
} from "@tallybook/testkit/facts";

import { second, start } from "./traffic.ts";

const day = 86_400 * second;

/** A moment of the simulation, so many seconds from its beginning. */
function after(seconds: number): string {
  return formatTime(start + seconds * second);
}

/** A calendar whose periods begin every so many days, at that second of the simulation. */
const anniversary = (days: number) => calendarOf("day", "Australia/Lord_Howe", anchor, days);
const anchor = { kind: "anniversary" } as const;

/**
 * Subscriptions whose bounds are where the events are: days that end in the first minutes, one that is over and followed by another
 * in the middle of an hour, and days of a zone whose midnight comes at 22:15 in UTC.
 */
export function oddCalendars(): CatalogFact[] {
  const usual = [
    fee("base", "31"),
    perUnit("calls", "calls", "0.07", "3"),
    tiered("graduated", "tokens", "tokens", [
      ["5", "500000"],
      [null, "300000"],
    ]),
  ];
  const facts: CatalogFact[] = [
    customer("c1"),
    customer("c2"),
    plan("p", usual),
    plan("p", [fee("base", "7"), ...usual.slice(1)], 2, start + 90 * second),
    subscription(
      "s1",
      "c1",
      "p",
      formatTime(start - day + 60.5 * second),
      after(150),
      anniversary(1),
    ),
    subscription("s2", "c1", "p", after(150), after(700), anniversary(2)),
    subscription("s3", "c1", "p", after(700), null, calendarOf("day", "UTC")),
    subscription("s4", "c2", "p", formatTime(start - 3 * day), null, {
      ...calendarOf("day", "Asia/Kathmandu", { kind: "anniversary" }),
      proration: "by_day_used",
    }),
  ];
  return ["a", "b"].flatMap((tenant) => facts.map((fact) => ({ ...fact, tenant })));
}
