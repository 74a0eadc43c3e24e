import path from "node:path";
import { domain, linesMax, ofMoney, zoneTables } from "./layout.ts";
import { lineAt, type Offence, type Rule, type SourceFile } from "./project.ts";

/** What makes a result depend on more than its input, with the way out. */
const impurities: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b/g, "take the time as a parameter"],
  [/\bMath\.random\b|\brandom(Bytes|UUID|Int)\b/g, "take what is random as a parameter"],
  [/\bprocess\b|\bglobalThis\b/g, "take it from the caller; only main.ts touches the process"],
  [/\bconsole\b/g, "return what there is to say"],
  [/\bfetch\b|\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/g, "leave it to the shell"],
  [/\basync\b|\bawait\b|\bPromise\b/g, "rules are synchronous; leave waiting to the shell"],
  [/\btoLocale\w*|\blocaleCompare\b/g, "compare and write without a locale"],
];

/** Time zones are tables of the runtime, and reached through what knows locales. */
const locales = [
  /\bIntl\b/g,
  `only ${zoneTables} asks the runtime, and for time zones alone`,
] as const;

/** The domain is a function of its input: no clock, no chance, no surroundings. */
export const pure: Rule = (files) =>
  files
    .filter((file) => file.isSource && domain.includes(file.workspace.name))
    .flatMap((file) =>
      [...impurities, ...(file.path === zoneTables ? [] : [locales])].flatMap(([pattern, remedy]) =>
        finds(file, pattern, (found) => `is part of the domain and uses ${found}`, remedy),
      ),
    );

/** Money is never a `number`. */
export const exactMoney: Rule = (files) =>
  files
    .filter((file) => file.isSource && ofMoney.has(file.workspace.name))
    .flatMap((file) =>
      finds(
        file,
        /\bparseFloat\b|\bNumber\s*\(/g,
        (found) => `makes a number of a text with ${found}`,
        "use the decimals of @tallybook/money",
      ),
    );

/** A long file has taken in a second idea; but for one that a program writes, as its first line says. */
export const shortFiles: Rule = (files) =>
  files.flatMap((file) => {
    const lines = file.text.split("\n").length - 1;
    return lines <= linesMax || file.text.startsWith("// Written by `")
      ? []
      : [at(file, linesMax, `has ${lines} lines`, "give its second idea a file of its own")];
  });

/** `src/index.ts` is a package's only barrel and the only file of that name. */
export const oneBarrel: Rule = (files) =>
  files.flatMap((file) => {
    if (file.path === `${file.workspace.dir}/src/index.ts`) return [];
    if (path.posix.basename(file.path) === "index.ts") {
      return [at(file, 1, "is a second index.ts", "name it after what it holds")];
    }
    const statements = file.code
      .split(";")
      .map((statement) => statement.trim())
      .filter((statement) => statement !== "");
    const forwardsOnly =
      statements.length > 0 &&
      statements.every((statement) => /^export\b[^=(]*\bfrom$/.test(statement));
    return forwardsOnly
      ? [at(file, 1, "only forwards exports", "export them from src/index.ts")]
      : [];
  });

/** What is left to do is done, or written where it is seen. */
export const nothingLeftToDo: Rule = (files) =>
  files.flatMap((file) =>
    [...file.text.matchAll(/\b(TO)(DO)\b|\b(FIX)(ME)\b/g)].map((found) =>
      at(file, lineAt(file.text, found.index), `says ${found[0]}`, "do it, or say why not"),
    ),
  );

/** Names are given where a thing is made. */
export const namedExports: Rule = (files) =>
  files
    .filter((file) => !file.path.endsWith(".config.ts"))
    .flatMap((file) =>
      finds(file, /^export default\b/gm, () => "exports a default", "give the export a name"),
    );

function finds(
  file: SourceFile,
  pattern: RegExp,
  what: (found: string) => string,
  remedy: string,
): Offence[] {
  return [...file.code.matchAll(pattern)].map((found) =>
    at(file, lineAt(file.code, found.index), what(found[0]), remedy),
  );
}

function at(file: SourceFile, line: number, what: string, remedy: string): Offence {
  return { file: file.path, line, what, remedy };
}
