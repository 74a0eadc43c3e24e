import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.join(import.meta.dirname, "..", "..");
const manifests = ["package.json", ...globSync("{packages,services}/*/package.json", { cwd: root })]
  .concat("infra/local/package.json", "test/package.json")
  .map((file) => [file, JSON.parse(textOf(file)) as Record<string, unknown>] as const);

test.each(manifests)("%s pins exact versions", (_file, manifest) => {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies"];
  const loose = kinds
    .flatMap((kind) => Object.entries((manifest[kind] ?? {}) as Record<string, string>))
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
});

test("the lockfile names no registry and has the binaries of every platform", () => {
  const { packages } = JSON.parse(textOf("package-lock.json")) as {
    packages: Record<string, { resolved?: string }>;
  };
  const addressed = Object.values(packages).filter(({ resolved }) => resolved?.includes(":"));
  expect(addressed).toEqual([]);
  const names = Object.keys(packages).map((place) => place.split("node_modules/").at(-1));
  for (const platform of ["linux-x64-gnu", "linux-arm64-gnu", "darwin-x64", "darwin-arm64"]) {
    expect(names).toContain(`@chdb/lib-${platform}`);
    expect(names).toContain(`@oxlint/binding-${platform}`);
  }
});

function textOf(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}
