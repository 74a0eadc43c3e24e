import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A machine that has only the programs that a test puts on its PATH, each a shell script. */
export interface FakeMachine extends Disposable {
  readonly env: NodeJS.ProcessEnv;
  /** The script may call `note` with what to remember. */
  put(program: string, script: string): void;
  noted(): string[];
}

export function fakeMachine(env: NodeJS.ProcessEnv = {}): FakeMachine {
  const bin = mkdtempSync(path.join(tmpdir(), "tallybook-bin-"));
  const notes = path.join(bin, "notes");
  return {
    env: { ...env, PATH: bin },
    put(program, script) {
      const file = path.join(bin, program);
      writeFileSync(file, `#!/bin/sh\nnote() { echo "$*" >> "${notes}"; }\n${script}\n`);
      chmodSync(file, 0o755);
    },
    noted: () => (existsSync(notes) ? readFileSync(notes, "utf8").trimEnd().split("\n") : []),
    [Symbol.dispose]: () => rmSync(bin, { recursive: true, force: true }),
  };
}
