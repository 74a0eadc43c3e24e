import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";

const setup = path.join(import.meta.dirname, "..", "..", "setup.mjs");
const bin = mkdtempSync(path.join(tmpdir(), "tallybook-bin-"));
symlinkSync(process.execPath, path.join(bin, "node"));
writeFileSync(path.join(bin, "npm"), "", { mode: 0o755 });

afterAll(() => rmSync(bin, { recursive: true }));

test("a machine without Java is told so in one sentence", () => {
  const { KAFKA_BROKERS: _, ...env } = process.env;
  const ended = spawnSync("node", [setup], { env: { ...env, PATH: bin }, encoding: "utf8" });
  expect(ended).toMatchObject({
    status: 1,
    stderr:
      "Java is missing: please install Java 17 or later, which runs Kafka. Or start Docker with its Compose plugin: Kafka and ClickHouse run there then.\n",
  });
});
