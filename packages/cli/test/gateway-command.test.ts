import { createHash, createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { gateway } from "../src/commands/gateway.ts";
import { init } from "../src/commands/init.ts";
import { tally } from "../src/tally.ts";

test("keys are made once, for their owner alone, and the hash stands beside the admin's", async () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-init-"));
  try {
    const [signing, admin] = [path.join(dir, "a", "signing.pem"), path.join(dir, "b", "admin.key")];
    const argv = ["init", "--signing-key", signing, "--admin-key", admin];
    expect((await run(argv)).code).toBe(0);
    const made = [signing, admin, `${admin}.sha256`].map((file) => readFileSync(file, "utf8"));
    expect(createPrivateKey(made[0] ?? "").asymmetricKeyType).toBe("ed25519");
    const hash = createHash("sha256")
      .update((made[1] ?? "").trim())
      .digest("hex");
    expect(made[2]).toBe(`${hash}\n`);
    expect((await run(argv)).code).toBe(0);
    expect([signing, admin].map((file) => readFileSync(file, "utf8"))).toEqual(made.slice(0, 2));
    expect([signing, admin].map((file) => statSync(file).mode & 0o077)).toEqual([0, 0]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.each([
  ["gateway --services http://NAME:8080", {}, "KAFKA_BROKERS and CLICKHOUSE_URL are needed"],
  ["gateway", engines(), "--services is missing or unfit"],
  ["gateway --services https://NAME", engines(), "--services is missing or unfit"],
  ["gateway --services http://NAME:1 --port x", engines(), "--port x is not a whole number"],
  ["init --signing-key a", {}, "--admin-key FILE is missing"],
])("a wrong command line says what: %s", async (line, env, message) => {
  const { code, err } = await run(line.split(" "), env);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});

function engines() {
  return { KAFKA_BROKERS: "a:1", CLICKHOUSE_URL: "http://a:b@c:1" };
}

async function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const err: string[] = [];
  const code = await tally(argv, [init, gateway], {
    env,
    print: () => {},
    remark: (line) => err.push(line),
  });
  return { code, err: err.join("\n") };
}
