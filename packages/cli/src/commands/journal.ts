import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findEngines, withEngines } from "../engines.ts";
import { misuse } from "../failure.ts";
import { readAccountRules } from "../journal-export/accounts-file.ts";
import { rangeOptions, surveyed } from "../journal-export/range.ts";
import { dialects, writeExport } from "../journal-export/write.ts";
import { table } from "../table.ts";
import { withProgress } from "../waiting.ts";

const fileColumns = [
  { title: "file" },
  { title: "bytes", align: "right" },
  { title: "sha256" },
] as const;
const formatNames: readonly string[] = [...Object.keys(dialects), "parquet"];

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
    accounts: { value: "FILE", about: "how accounts are called (default: as they are)" },
    opening: { about: "begin with the balances before, so that the part stands alone" },
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
    let doing = "reading the journal";
    const { survey, files } = await withProgress(
      call.remark,
      () => doing,
      withEngines(findEngines(call), async ({ log }) => {
        const found = await surveyed(call, "journal export", log);
        const told = (done: number) => {
          doing = `writing: entry ${done} of ${found.transactions}`;
        };
        const withOpening = call.has("opening");
        const options = { log, survey: found, dir, formats, rules, withOpening, told };
        return { survey: found, files: await writeExport(options) };
      }),
    );
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
