import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

/** A package of the workspace and what its package.json declares. */
export type Workspace = {
  /** Its folder, like `packages/money`. */
  readonly dir: string;
  readonly name: string;
  /** What its `src` may import. */
  readonly dependencies: ReadonlySet<string>;
  /** What its other files may import as well. */
  readonly devDependencies: ReadonlySet<string>;
};

/** One of our TypeScript files. */
export type SourceFile = {
  /** From the root, like `packages/money/src/round.ts`. */
  readonly path: string;
  readonly workspace: Workspace;
  /** Under the `src` of its package, and so part of what runs in production. */
  readonly isSource: boolean;
  readonly text: string;
  /** The text with comments and the insides of strings blanked, line by line as before. */
  readonly code: string;
  readonly imports: readonly Import[];
};

export type Import = { readonly from: string; readonly line: number };

/** A breach of a house rule. */
export type Offence = {
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly remedy: string;
};

/** A rule reads all files and lists every offence. */
export type Rule = (files: readonly SourceFile[]) => Offence[];

const root = path.join(import.meta.dirname, "..", "..");

/** Every TypeScript file of the workspace. */
export function readProject(): SourceFile[] {
  const { workspaces } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    workspaces: string[];
  };
  return globSync(workspaces, { cwd: root })
    .filter((dir) => existsSync(path.join(root, dir, "package.json")))
    .map((dir) => readWorkspace(dir))
    .flatMap((workspace) =>
      globSync("**/*.ts", {
        cwd: path.join(root, workspace.dir),
        exclude: (name) => name === "node_modules" || name === "lib",
      }).map((file) => {
        const place = path.posix.join(workspace.dir, file);
        return sourceFile(workspace, place, readFileSync(path.join(root, place), "utf8"));
      }),
    );
}

/** Takes a file apart; the tests of the rules make theirs with it. */
export function sourceFile(workspace: Workspace, place: string, text: string): SourceFile {
  return {
    path: place,
    workspace,
    isSource: place.startsWith(`${workspace.dir}/src/`),
    text,
    code: blanked(text),
    imports: importsOf(text),
  };
}

/** The line of a position in a text, from 1. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

function readWorkspace(dir: string): Workspace {
  const manifest = JSON.parse(readFileSync(path.join(root, dir, "package.json"), "utf8")) as {
    name: string;
    dependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return {
    dir,
    name: manifest.name,
    dependencies: new Set(
      Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
    ),
    devDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
  };
}

const importPattern =
  /^(?:import|export)\b[^"'`;]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

function importsOf(text: string): Import[] {
  return [...text.matchAll(importPattern)].map((match) => ({
    from: match[1] ?? match[2] ?? match[3] ?? "",
    line: lineAt(text, match.index),
  }));
}

const commentOrString =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;

function blanked(text: string): string {
  return text.replaceAll(commentOrString, (found) => found.replaceAll(/[^\n]/g, " "));
}
