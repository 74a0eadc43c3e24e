import { NoSuchRange, surveyJournal, UnprovenJournal, type WantedRange } from "@tallybook/audit";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findEngines, withEngines } from "../engines.ts";
import { Failure, misuse } from "../failure.ts";
import { readAccountRules } from "../journal-export/accounts-file.ts";
import { dialects, writeExport } from "../journal-export/write.ts";
import { readPeriod } from "../period-option.ts";
import { table } from "../table.ts";
import { withProgress } from "../waiting.ts";

const fileColumns = [
  { title: "file" },
  { title: "bytes", align: "right" },
  { title: "sha256" },
] as const;
const formatNames: readonly string[] = [...Object.keys(dialects), "parquet"];

const rangeOptions = {
  period: { value: "PERIOD", about: "entries of that time: 2023-11, 2023-11-16, or FROM/TO" },
  "after-cut": {
    value: "N",
    about: "entries of later cuts alone, to go on from an earlier export",
  },
  "to-cut": { value: "N", about: "entries up to that cut" },
  "after-step": { value: "N", about: "the same by steps of the journal, as a manifest names them" },
};

export const journalExport: Command = {
  name: "journal export",
  summary: "Writes the journal as files that ledgers and tables can import, with a signed manifest",
  args: ["DIR"],
  options: {
    format: {
      value: "NAME",
      about: `${formatNames.join(", ")}; may be said again (default: all)`,
      repeated: true,
    },
    ...rangeOptions,
    "to-step": { value: "N", about: "the same of the end: the bytes are the same for ever" },
    accounts: { value: "FILE", about: "how accounts are called (default: as they are)" },
    opening: { about: "begin with the balances before, so that the part stands alone" },
    tenant: { value: "NAME", about: "whose journal, where there are several tenants" },
    data: deploymentOptions.data,
    ...jsonOption,
  },
  examples: [
    "npx tally journal export books",
    "npx tally journal export november --period 2023-11 --opening --format beancount",
    "npx tally journal export more --after-cut 12 --accounts accounts.yaml",
  ],
  async run(call) {
    const [dir = ""] = call.args;
    const formats = readFormats(call);
    const rules = readAccountRules(call.text("accounts"));
    const wanted = readRange(call);
    const tenant = call.text("tenant");
    let doing = "reading the journal";
    const { survey, files } = await withProgress(
      call.remark,
      () => doing,
      withEngines(findEngines(call), async ({ log }) => {
        const surveyed = await surveyJournal({
          log,
          wanted,
          ...(tenant === undefined ? {} : { tenant }),
        });
        const withOpening = call.has("opening");
        const told = (done: number) => {
          doing = `writing: entry ${done} of ${surveyed.transactions}`;
        };
        const options = { log, survey: surveyed, dir, formats, rules, withOpening, told };
        return { survey: surveyed, files: await writeExport(options) };
      }),
    ).catch((error: unknown) => {
      if (error instanceof NoSuchRange || error instanceof UnprovenJournal)
        throw new Failure(error.message);
      throw error;
    });
    const { range, transactions, postings, head } = survey;
    if (call.has("json")) {
      call.print(
        JSON.stringify(
          { dir, steps: range, cut: head.cut, transactions, postings, files },
          null,
          2,
        ),
      );
      return 0;
    }
    const rows = files.map(({ name, bytes, sha256 }) => [name, String(bytes), sha256]);
    for (const line of table(fileColumns, rows)) call.print(line);
    call.print(
      `${transactions} transactions with ${postings} postings, steps ${range.after + 1} to ${range.to}, cut ${head.cut}.`,
    );
    return 0;
  },
};

function readFormats(call: Call): readonly string[] {
  const asked = call.texts("format");
  const unknown = asked.find((format) => !formatNames.includes(format));
  if (unknown !== undefined)
    throw misuse(
      `tally journal export: there is no format ${unknown}; there are ${formatNames.join(", ")}.`,
    );
  return asked.length === 0 ? formatNames : [...new Set(asked)];
}

function readRange(call: Call): WantedRange {
  const period = call.text("period");
  const cuts = [readCount(call, "after-cut"), readCount(call, "to-cut")] as const;
  const steps = [readCount(call, "after-step"), readCount(call, "to-step")] as const;
  const isBy = [period !== undefined, isSaid(cuts), isSaid(steps)];
  if (isBy.filter(Boolean).length > 1)
    throw misuse(
      "tally journal export: give a period, or cuts, or steps, and not several of them.",
    );
  if (period !== undefined) return { by: "dates", ...readPeriod("journal export", period) };
  if (isSaid(cuts)) return { by: "cuts", after: cuts[0] ?? -1, to: cuts[1] };
  if (isSaid(steps)) return { by: "steps", after: steps[0] ?? -1, to: steps[1] };
  return { by: "everything" };
}

function isSaid(bounds: readonly (number | null)[]): boolean {
  return bounds.some((bound) => bound !== null);
}

function readCount(call: Call, option: string): number | null {
  const text = call.text(option);
  if (text === undefined) return null;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw misuse(`tally journal export: --${option} is a number from 0: \`${text}\` is not.`);
}
