import { renameSync, writeFileSync } from "node:fs";

/** Writes a file that only its owner may read, so that no reader ever sees half of it. */
export function writeAtomically(file: string, text: string): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}
