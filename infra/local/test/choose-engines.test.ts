import { expect, test } from "vitest";
import { chooseEngines } from "../src/choose-engines.mjs";
import { type FakeMachine, fakeMachine } from "./fake-machine.ts";

const java = (version: string) => `echo 'openjdk version "${version}" 2026-01-20' >&2`;
const clickHouse = { CLICKHOUSE_URL: "http://a:b@127.0.0.1:1" };

test("with Java and Maven the engines run as processes, and Docker is not asked", () => {
  using machine = machineWith({ java: java("17.0.9"), mvn: "", docker: "note $*" });
  expect(chooseEngines(machine.env)).toEqual({ kind: "local", why: null });
  expect(machine.noted()).toEqual([]);
});

test("without Java they run in Docker, where that answers", () => {
  using machine = machineWith({ docker: "note $*" });
  expect(chooseEngines(machine.env)).toEqual({
    kind: "containers",
    why: "Java is missing: please install Java 17 or later, which runs Kafka.",
  });
  expect(machine.noted()).toEqual(["info", "compose version"]);
});

test("an old Java is none", () => {
  using machine = machineWith({ java: java("11.0.2"), mvn: "", docker: "" });
  expect(chooseEngines(machine.env)).toMatchObject({
    kind: "containers",
    why: expect.stringContaining("Java 11 is too old"),
  });
});

test.each([
  ["is not there", undefined],
  ["does not answer", 'echo "Cannot connect to the Docker daemon" >&2; exit 1'],
  ["has no Compose", '[ "$1" = info ]'],
])("without Java and with a Docker that %s, a person is told what to install", (_what, docker) => {
  using machine = machineWith(docker === undefined ? {} : { docker });
  expect(chooseEngines(machine.env)).toEqual({
    kind: "none",
    why: "Java is missing: please install Java 17 or later, which runs Kafka. Or start Docker with its Compose plugin: Kafka and ClickHouse run there then.",
  });
});

test("TALLY_ENGINES=containers asks for Docker also where Java is there", () => {
  using machine = machineWith({ java: java("21"), mvn: "", docker: "" });
  const env = { ...machine.env, TALLY_ENGINES: "containers" };
  expect(chooseEngines(env)).toEqual({ kind: "containers", why: null });
  machine.put("docker", "exit 1");
  expect(chooseEngines(env)).toMatchObject({
    kind: "none",
    why: expect.stringMatching(/^Docker does not answer/),
  });
});

test("TALLY_ENGINES=local never asks Docker, and any other word is refused", () => {
  using machine = machineWith({ docker: "note $*" });
  expect(chooseEngines({ ...machine.env, TALLY_ENGINES: "local" })).toMatchObject({ kind: "none" });
  expect(chooseEngines({ ...machine.env, TALLY_ENGINES: "podman" })).toEqual({
    kind: "none",
    why: 'TALLY_ENGINES is "podman": set it to local or to containers.',
  });
  expect(machine.noted()).toEqual([]);
});

test("a Kafka that somebody else runs needs neither", () => {
  using machine = machineWith({});
  expect(chooseEngines({ ...machine.env, KAFKA_BROKERS: "a:9092" })).toEqual({
    kind: "given",
    why: null,
  });
});

function machineWith(programs: Readonly<Record<string, string>>): FakeMachine {
  const machine = fakeMachine(clickHouse);
  for (const [program, script] of Object.entries(programs)) machine.put(program, script);
  return machine;
}
