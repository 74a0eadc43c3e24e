import { builtinModules } from "node:module";
import path from "node:path";
import { domain, ownerByVendor, pureModules, testTools } from "./layout.ts";
import type { Import, Offence, Rule, SourceFile } from "./project.ts";

/** What a file imports is declared in the package.json of its own package. */
export const declared: Rule = (files) =>
  eachImport(files, (file, name) => {
    const { dependencies, devDependencies, name: own } = file.workspace;
    if (name === null || isNode(name) || name === own || dependencies.has(name)) return null;
    if (!file.isSource && (devDependencies.has(name) || testTools.has(name))) return null;
    const kind = file.isSource ? "dependencies" : "devDependencies";
    return {
      what: `imports ${name}, which its package does not declare`,
      remedy: `add it to the ${kind} of ${file.workspace.dir}/package.json`,
    };
  });

/** Node's modules are imported with `node:`, so that no package can stand in for one. */
export const nodePrefix: Rule = (files) =>
  eachImport(files, (_file, name) =>
    name !== null && builtinModules.includes(name) && !name.startsWith("node:")
      ? { what: `imports ${name}`, remedy: `write node:${name}` }
      : null,
  );

/** The domain imports only what stands before it; services never import services. */
export const arrows: Rule = (files) =>
  eachImport(files, (file, name) => {
    const own = file.workspace.name;
    if (name === null || !file.isSource || name === own) return null;
    const place = domain.indexOf(own);
    if (place >= 0 && name.startsWith("@tallybook/")) {
      const earlier = domain.indexOf(name);
      if (earlier >= 0 && earlier < place) return null;
      return {
        what: `is part of the domain and imports ${name}`,
        remedy: `import only ${domain.slice(0, place).join(", ") || "nothing of the workspace"}`,
      };
    }
    return name.startsWith("@tallybook/service-")
      ? { what: `imports the service ${name}`, remedy: "move what both need into a package" }
      : null;
  });

/** Each vendor's library has one package that knows it. */
export const owners: Rule = (files) =>
  eachImport(files, (file, name) => {
    const vendor = name?.startsWith("@chdb/") ? "chdb" : name;
    const owner = vendor === null || vendor === undefined ? undefined : ownerByVendor[vendor];
    return owner === undefined || owner === file.workspace.name
      ? null
      : { what: `imports ${vendor}`, remedy: `use ${owner}, which owns it` };
  });

/** The domain uses no library but decimal.js, and of Node only what is a function of its input. */
export const pureImports: Rule = (files) =>
  eachImport(files, (file, name) => {
    if (name === null || !file.isSource || !domain.includes(file.workspace.name)) return null;
    const allowed =
      name.startsWith("@tallybook/") || name in ownerByVendor || pureModules.has(name);
    return allowed
      ? null
      : { what: `is part of the domain and imports ${name}`, remedy: "take it as a parameter" };
  });

/** A relative import names a file, `.ts` and all, of its own package. */
export const relative: Rule = (files) =>
  files.flatMap((file) =>
    file.imports
      .filter(({ from }) => from.startsWith("."))
      .flatMap((found) => {
        const target = path.posix.join(path.posix.dirname(file.path), found.from);
        if (!/\.(ts|mjs|json)$/.test(found.from)) {
          return offence(file, found, `imports ${found.from}`, "name the file, with .ts");
        }
        return target.startsWith(`${file.workspace.dir}/`)
          ? []
          : offence(file, found, `imports ${target}`, "import the package by its name");
      }),
  );

/** Asks about each import of a package; null stands for a relative one. */
function eachImport(
  files: readonly SourceFile[],
  judge: (file: SourceFile, name: string | null) => { what: string; remedy: string } | null,
): Offence[] {
  return files.flatMap((file) =>
    file.imports.flatMap((found) => {
      const verdict = judge(file, packageOf(found.from));
      return verdict ? offence(file, found, verdict.what, verdict.remedy) : [];
    }),
  );
}

function offence(file: SourceFile, found: Import, what: string, remedy: string): Offence[] {
  return [{ file: file.path, line: found.line, what, remedy }];
}

function packageOf(from: string): string | null {
  if (from.startsWith(".")) return null;
  if (from.startsWith("node:")) return from;
  return from.split("/", from.startsWith("@") ? 2 : 1).join("/");
}

function isNode(name: string): boolean {
  return name.startsWith("node:");
}
