import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/**
 * Folders of the spools of ingests that ran here once and do not run now, since there are fewer: the first ingest brings
 * what they hold to Kafka. `spoolDir`: SPOOL_DIR where it is set, and every ingest has its folder in that.
 */
export function leftSpools(given: {
  readonly dir: string;
  readonly spoolDir: string | undefined;
  readonly instances: number;
}): string[] {
  const { dir, spoolDir, instances } = given;
  const folders =
    spoolDir === undefined
      ? numbered(dir, /^ingest-(\d+)$/).map(({ name, ordinal }) => ({
          ordinal,
          folder: path.join(dir, name, "spool", String(ordinal)),
        }))
      : numbered(spoolDir, /^(\d+)$/).map(({ name, ordinal }) => ({
          ordinal,
          folder: path.join(spoolDir, name),
        }));
  return folders
    .filter(({ ordinal, folder }) => ordinal >= instances && existsSync(folder))
    .map(({ folder }) => folder)
    .toSorted();
}

function numbered(dir: string, pattern: RegExp): { name: string; ordinal: number }[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((name) => {
    const [, ordinal] = pattern.exec(name) ?? [];
    return ordinal === undefined ? [] : [{ name, ordinal: Number(ordinal) }];
  });
}
