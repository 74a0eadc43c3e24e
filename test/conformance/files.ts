import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ConformanceCase } from "./case.ts";

/** A file of cases. */
export interface CaseFile {
  readonly file: string;
  readonly cases: readonly ConformanceCase[];
}

/**
 * Every case file of a directory, by name. Throws where there is none, where one is no JSON, or where one has no cases: a run
 * over nothing must not look like success.
 */
export function readCaseFiles(directory: string): CaseFile[] {
  const names = globSync("*.json", { cwd: directory }).toSorted();
  if (names.length === 0)
    throw new Error(`no case files (*.json) in ${directory}: name a directory that has some`);
  return names.map((name) => {
    const file = path.join(directory, name);
    const { cases } = parsed(file) as { cases?: unknown };
    if (!Array.isArray(cases) || cases.length === 0)
      throw new Error(`${file} has no cases: it needs a list named "cases"`);
    for (const each of cases as Partial<ConformanceCase>[]) {
      if (typeof each.id === "string" && typeof each.kind === "string" && each.given && each.expect)
        continue;
      throw new Error(`${file}: a case needs id, kind, given and expect: ${brief(each)}`);
    }
    return { file, cases: cases as ConformanceCase[] };
  });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

function brief(json: unknown): string {
  return JSON.stringify(json).slice(0, 120);
}
