import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { open, readdir, readFile, rename, unlink } from "node:fs/promises";
import path from "node:path";
import { requestOf, textOf, type KeptRequest } from "./kept.ts";

/** A request that the deployment refuses, and what it said. */
export interface DeadRequest {
  readonly refused_at: string;
  readonly status: number;
  /** The beginning of the answer. */
  readonly answer: string;
  readonly request: KeptRequest;
}

/** The requests that were set aside, each in a file of its own, until a person has seen to them. */
export interface DeadFolder {
  add(dead: DeadRequest): Promise<void>;
  /** All of them, those that came first before the others. */
  list(): Promise<{ readonly file: string; readonly dead: DeadRequest }[]>;
  remove(file: string): Promise<void>;
  count(): number;
  bytes(): number;
}

/** Readable by nobody else: it holds keys. */
const mode = 0o600;
const suffix = ".dead";
export const answerLengthMax = 2_000;

export function openDeadFolder(folder: string): DeadFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isDead = (name: string): boolean => name.endsWith(suffix);
  // Others may take files away meanwhile: each question looks.
  const names = (): string[] => readdirSync(folder).filter(isDead);

  return {
    async add({ request, ...dead }) {
      const name = `${request.at.replaceAll(/[^0-9TZ]/g, "")}-${randomUUID()}`;
      const at = path.join(folder, name);
      const handle = await open(at, "wx", mode);
      try {
        await handle.writeFile(JSON.stringify({ ...dead, request: textOf(request) }));
        await handle.datasync();
      } finally {
        await handle.close();
      }
      // Whole or not there.
      await rename(at, at + suffix);
      await syncFolder(folder);
    },
    async list() {
      const found = (await readdir(folder)).filter(isDead).toSorted();
      return Promise.all(
        found.map(async (file) => {
          const text = await readFile(path.join(folder, file), "utf8");
          const { request, ...dead } = JSON.parse(text) as Omit<DeadRequest, "request"> & {
            request: string;
          };
          return { file, dead: { ...dead, request: requestOf(request) } };
        }),
      );
    },
    remove: (file) => unlink(path.join(folder, file)),
    count: () => names().length,
    bytes: () =>
      names().reduce(
        (sum, name) =>
          sum + (statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      ),
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
