import {
  type JournalSurvey,
  NoSuchRange,
  surveyJournal,
  UnprovenJournal,
  type WantedRange,
} from "@tallybook/audit";
import type { Log } from "@tallybook/log";
import type { Call, Option } from "../command.ts";
import { Failure, misuse } from "../failure.ts";
import { readPeriod } from "../period-option.ts";

/** Which part of the journal a command is about. */
export const rangeOptions = {
  period: { value: "PERIOD", about: "entries of that time: 2023-11, 2023-11-16, or FROM/TO" },
  "after-cut": { value: "N", about: "entries of later cuts alone" },
  "to-cut": { value: "N", about: "entries up to that cut" },
  "after-step": { value: "N", about: "entries of later steps of the journal alone" },
  "to-step": { value: "N", about: "entries up to that step: the same for ever" },
  tenant: { value: "NAME", about: "whose journal, where there are several tenants" },
  entity: {
    value: "NAME",
    about: 'the books of that invoicing entity alone; "" is the tenant\'s own (default: all)',
  },
} satisfies Record<string, Option>;

/** Reads the journal and proves it. Throws a failure where there is no such part, or no proof. */
export async function surveyed(call: Call, command: string, log: Log): Promise<JournalSurvey> {
  const wanted = readRange(call, command);
  const [tenant, entity] = [call.text("tenant"), call.text("entity")];
  try {
    return await surveyJournal({
      log,
      wanted,
      ...(tenant === undefined ? {} : { tenant }),
      ...(entity === undefined ? {} : { entity: entity === "" ? null : entity }),
    });
  } catch (error) {
    if (error instanceof NoSuchRange || error instanceof UnprovenJournal)
      throw new Failure(error.message);
    throw error;
  }
}

function readRange(call: Call, command: string): WantedRange {
  const period = call.text("period");
  const cuts = [readCount(call, command, "after-cut"), readCount(call, command, "to-cut")] as const;
  const steps = [
    readCount(call, command, "after-step"),
    readCount(call, command, "to-step"),
  ] as const;
  const isBy = [period !== undefined, isSaid(cuts), isSaid(steps)];
  if (isBy.filter(Boolean).length > 1)
    throw misuse(`tally ${command}: give a period, or cuts, or steps, and not several of them.`);
  if (period !== undefined) return { by: "dates", ...readPeriod(command, period) };
  if (isSaid(cuts)) return { by: "cuts", after: cuts[0] ?? -1, to: cuts[1] };
  if (isSaid(steps)) return { by: "steps", after: steps[0] ?? -1, to: steps[1] };
  return { by: "everything" };
}

function isSaid(bounds: readonly (number | null)[]): boolean {
  return bounds.some((bound) => bound !== null);
}

function readCount(call: Call, command: string, option: string): number | null {
  const text = call.text(option);
  if (text === undefined) return null;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw misuse(`tally ${command}: --${option} is a number from 0: \`${text}\` is not.`);
}
