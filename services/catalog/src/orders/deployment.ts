import { clockOf, settingsOf, type SettingsSet } from "@tallybook/catalog";
import { formatTime, parseTime } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import { isPlainObject, membersOf, type Plain } from "../body.ts";
import { deploymentHead, facts, faultsOfText, head, type Order } from "./order.ts";

/** `{ time }`: forward only. */
export function advanceClock(body: Plain): Order {
  return (catalog, asked) => {
    if (settingsOf(catalog)?.simulated !== true) {
      return { kind: "conflict", detail: "time is not simulated here: it moves by itself" };
    }
    const faults: Fault[] = [];
    const { time } = membersOf(body, ["time"], faults);
    const micros = typeof time === "string" ? parseTime(time) : undefined;
    if (micros === undefined) {
      const detail = "it must be a time with its zone, such as 2023-12-01T01:00:00Z";
      faults.push({ field: "time", reason: "not_a_time", detail });
    }
    if (micros === undefined || faults.length > 0) return { kind: "faulty", faults };
    const clock = clockOf(catalog) ?? 0;
    if (micros === clock) return facts();
    if (micros > clock)
      return facts({ kind: "ClockAdvanced", ...deploymentHead(asked), time: micros });
    const detail = `the clock stands at ${formatTime(clock)} and moves forward only`;
    return { kind: "faulty", faults: [{ field: "time", reason: "in_the_past", detail }] };
  };
}

/** `{ reason? }` */
export function requestCut(body: Plain): Order {
  return (_catalog, asked) => {
    const faults: Fault[] = [];
    const { reason } = membersOf(body, ["reason"], faults);
    if (reason !== null && typeof reason !== "string") {
      faults.push({ field: "reason", reason: "not_text", detail: "it must be a text" });
    } else if (reason !== null) {
      faults.push(...faultsOfText("reason", reason, "id"));
    }
    if (faults.length > 0) return { kind: "faulty", faults };
    return facts({
      kind: "CutRequested",
      ...head(asked),
      reason: (reason as string) ?? "asked for",
    });
  };
}

/** Any of the settings but `simulated`; the others stay. */
export function setSettings(body: Plain): Order {
  return (catalog, asked) => {
    const known = settingsOf(catalog);
    if (known === undefined) throw new Error("the catalog holds no settings");
    const faults: Fault[] = [];
    const given = membersOf(body, Object.keys(secondsMin) as Setting[], faults);
    const present = isPlainObject(body) ? Object.keys(body) : [];
    const changed: Partial<Record<Setting, number | null>> = {};
    for (const [name, least] of Object.entries(secondsMin) as [Setting, number][]) {
      if (!present.includes(name)) continue;
      const seconds = secondsOf(given[name], least, name === "window_seconds");
      if (seconds === undefined) faults.push(notSeconds(name, least));
      else changed[name] = seconds;
    }
    if (faults.length > 0) return { kind: "faulty", faults };
    const settings = { ...known, ...changed } as SettingsSet;
    const same = Object.keys(changed).every(
      (name) => settings[name as Setting] === known[name as Setting],
    );
    return same ? facts() : facts({ ...settings, ...deploymentHead(asked) });
  };
}

type Setting = "window_seconds" | "ahead_seconds" | "grace_seconds" | "cut_interval_seconds";

const secondsMin: Readonly<Record<Setting, number>> = {
  window_seconds: 1,
  ahead_seconds: 0,
  grace_seconds: 0,
  cut_interval_seconds: 1,
};

/** A century: beyond it times leave what columns hold. */
const secondsMax = 100 * 366 * 86_400;

function secondsOf(value: Plain, least: number, orForever: boolean): number | null | undefined {
  if (value === null && orForever) return null;
  if (typeof value !== "string" || !/^\d{1,10}$/.test(value)) return undefined;
  const seconds = Number(value);
  return seconds >= least && seconds <= secondsMax ? seconds : undefined;
}

function notSeconds(field: Setting, least: number): Fault {
  const forever = field === "window_seconds" ? ", or null: for ever" : "";
  const detail = `it must be a whole number of seconds from ${least} to ${secondsMax}${forever}`;
  return { field, reason: "not_seconds", detail };
}
