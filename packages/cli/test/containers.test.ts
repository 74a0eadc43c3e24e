import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { brokerSettings, usersConfig } from "@tallybook/local";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { serviceNames } from "../src/up/services.ts";

// No Docker engine runs where these do: what can be known without one is held together here.

interface Service {
  readonly image?: string;
  readonly build?: { readonly args?: { readonly SERVICE?: string }; readonly target: string };
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, object>>;
}

const root = path.join(import.meta.dirname, "../../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const dockerfile = read("infra/Dockerfile");
const { services, volumes } = parse(read("infra/compose.yaml"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};

test("every service is there, is built by its name, and stands behind the gateway", () => {
  expect(readdirSync(path.join(root, "services")).toSorted()).toEqual(serviceNames.toSorted());
  for (const name of serviceNames) {
    expect([name, services[name]?.build?.args?.SERVICE]).toEqual([name, name]);
  }
  expect(services["gateway"]?.depends_on).toEqual(serviceNames.toSorted());
  const installed = [...dockerfile.matchAll(/--workspace=services\/([a-z]+)/g)].map(
    ([, of = ""]) => of,
  );
  expect([...new Set(installed)].toSorted()).toEqual(serviceNames.toSorted());
});

test.each(serviceNames)("%s is told everything that it asks for", async (name) => {
  const missing = await missingVariables(name);
  expect(missing).toContain("KAFKA_BROKERS");
  const inImage = [...dockerfile.matchAll(/\b([A-Z_]+)=/g)].map(([, variable]) => variable);
  const told = new Set([...Object.keys(services[name]?.environment ?? {}), ...inImage]);
  expect(missing.filter((variable) => !told.has(variable))).toEqual([]);
});

test("engines and Node have the versions that run without Docker", () => {
  const kafka = /<artifactId>kafka_2.13<\/artifactId>\s*<version>([\d.]+)</.exec(
    read("infra/local/pom.xml"),
  )?.[1];
  expect(services["kafka"]?.image).toBe(`apache/kafka:${kafka}`);
  const clickHouse = /"@chdb\/lib-linux-x64-gnu": "(\d+\.\d+)\./.exec(
    read("infra/local/package.json"),
  )?.[1];
  expect(services["clickhouse"]?.image).toBe(`clickhouse/clickhouse-server:${clickHouse}`);
  expect(read("packages/testkit/src/engines.ts")).toContain(
    `"clickhouse/clickhouse-server:${clickHouse}"`,
  );
  const node = /"node": "([\d.]+)"/.exec(read("package.json"))?.[1];
  expect(dockerfile).toContain(`FROM node:${node}-bookworm-slim AS base`);
});

test("Kafka is told the same as without Docker", () => {
  const told = services["kafka"]?.environment ?? {};
  for (const [name, value] of Object.entries(brokerSettings)) {
    const variable = `KAFKA_${name.replaceAll(".", "_").toUpperCase()}`;
    expect([variable, String(told[variable])]).toEqual([variable, String(value)]);
  }
});

describe("ClickHouse's users", () => {
  const inDocker = read("infra/clickhouse-server/users.xml");
  const nobody = { tallybook: "", analyst: "", auditor: "", finance: "", tenants: {} };
  const without = usersConfig(nobody, [{ database: "tallybook" }]);

  test("the services may do the same as without Docker, and make those who read", () => {
    const plain = grantsOf("tallybook", inDocker)
      .filter((grant) => !/^GRANT (CREATE|ALTER|DROP) (USER|RO|QUOTA|SETTINGS)/.test(grant))
      .map((grant) => grant.replace(" WITH GRANT OPTION", ""));
    expect(plain.length).toBeGreaterThan(0);
    expect(plain).toEqual(grantsOf("tallybook", without));
  });

  test("the services' queries go before others", () => {
    const profile = (xml: string) => / <services>[\s\S]*<\/services>/.exec(xml)?.[0];
    expect(profile(inDocker)).toContain("<priority>1</priority>");
    expect(profile(inDocker)).toBe(profile(without));
  });

  test("nobody else can come in", () => {
    expect(inDocker).toContain('<default remove="remove"/>');
    expect(services["clickhouse"]?.environment).toMatchObject({ CLICKHOUSE_SKIP_USER_SETUP: 1 });
  });
});

test("nothing is open beyond loopback", () => {
  const ports = Object.values(services).flatMap((service) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test("every volume that is mounted is there", () => {
  for (const mount of Object.values(services).flatMap((service) => service.volumes ?? [])) {
    const [source = ""] = mount.split(":");
    const isThere = source.startsWith(".")
      ? existsSync(path.join(root, "infra", source))
      : Object.hasOwn(volumes, source);
    expect([mount, isThere]).toEqual([mount, true]);
  }
});

test("a service that keeps something keeps it on a volume of its own", () => {
  const dir = /DATA_DIR=(\S+)/.exec(dockerfile)?.[1];
  const keeping = serviceNames.filter((name) =>
    read(`services/${name}/src/config.ts`).includes('"DATA_DIR"'),
  );
  expect(keeping).toContain("deduper");
  const kept = keeping.map((name) =>
    (services[name]?.volumes ?? []).find((mount) => mount.endsWith(`:${dir}`)),
  );
  expect(kept).not.toContain(undefined);
  expect(new Set(kept).size).toBe(keeping.length);
});

test("what the image is made from is let in, and no test or package of this machine", () => {
  const ignore = read(".dockerignore").split("\n");
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, of = ""]) =>
    of.split(" "),
  );
  expect(copied.length).toBeGreaterThan(3);
  for (const source of copied) {
    expect([source, ignore.some((line) => line.startsWith(`!${source}`))]).toEqual([source, true]);
  }
  expect(ignore).toEqual(expect.arrayContaining(["*", "**/test", "**/node_modules"]));
});

/** What a service says that it lacks when nobody tells it anything. */
async function missingVariables(name: string): Promise<string[]> {
  const main = path.join(root, "services", name, "src", "main.ts");
  const child = spawn(process.execPath, [main], { env: {}, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return [...`${out}${err}`.matchAll(/\b([A-Z][A-Z0-9_]+) is missing/g)].map(
    ([, variable = ""]) => variable,
  );
}

function grantsOf(user: string, xml: string): string[] {
  const of = new RegExp(`<${user}>\\s*<password[\\s\\S]*?</${user}>`).exec(xml)?.[0] ?? "";
  return [...of.matchAll(/<query>(.*?)<\/query>/g)].map(([, grant = ""]) => grant);
}
