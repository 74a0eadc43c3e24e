import { expect, test } from "vitest";
import { readEnv, UnfitEnvironment } from "../src/index.ts";

test("reads every kind of value", () => {
  const env = {
    NAME: "a",
    TOKEN: "s3cret",
    BROKERS: "a:1, b:2",
    ROWS: "500",
    PORT: "8080",
    PROVE: "1",
    CLICKHOUSE_URL: "http://u:p@127.0.0.1:8123",
  };
  expect(
    readEnv(env, (read) => ({
      name: read.text("NAME"),
      token: read.secret("TOKEN"),
      brokers: read.list("BROKERS"),
      rows: read.integer("ROWS", { min: 1, max: 1_000 }),
      port: read.port("PORT"),
      prove: read.flag("PROVE"),
      url: read.url("CLICKHOUSE_URL"),
      absent: read.flag("ABSENT"),
      fallback: read.text("ABSENT", { fallback: "b" }),
    })),
  ).toEqual({
    name: "a",
    token: "s3cret",
    brokers: ["a:1", "b:2"],
    rows: 500,
    port: 8080,
    prove: true,
    url: env.CLICKHOUSE_URL,
    absent: false,
    fallback: "b",
  });
});

test("names every fault at once, and what to do", () => {
  const env = { ROWS: "1e3", PORT: "70000", PROVE: "yes", BROKERS: "a,,b", EMPTY: "" };
  expect(() =>
    readEnv(env, (read) => ({
      rows: read.integer("ROWS", { min: 1, max: 1_000 }),
      port: read.port("PORT"),
      prove: read.flag("PROVE"),
      brokers: read.list("BROKERS"),
      empty: read.text("EMPTY"),
    })),
  ).toThrow(
    new UnfitEnvironment(
      [
        'ROWS is "1e3": set it to a whole number from 1 to 1000.',
        'PORT is "70000": set it to a port, 0 to 65535.',
        'PROVE is "yes": set it to true or false.',
        'BROKERS is "a,,b": set it to texts between commas.',
        "EMPTY is missing: set it to a text.",
      ].join(" "),
    ),
  );
});

test("shows no secret", () => {
  const read = () => readEnv({ URL: "user:hunter2@host" }, (env) => ({ url: env.url("URL") }));
  expect(read).toThrow("URL is unfit: set it to an address like http://host:8123.");
});

test("is frozen, all the way down", () => {
  const config = readEnv({}, (read) => ({
    kafka: { brokers: read.list("B", { fallback: ["a"] }) },
  }));
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.kafka)).toBe(true);
  expect(Object.isFrozen(config.kafka.brokers)).toBe(true);
});

test("secrets have names, and a fault in them is told without showing any", () => {
  const wanted = "NAME=SECRET between commas";
  const readAs = (text?: string) =>
    readEnv(text === undefined ? {} : { KEYS: text }, (read) => ({
      keys: read.secrets("KEYS", { isFit: (secret) => secret.startsWith("s_"), wanted }),
    })).keys;
  expect([...readAs("A=s_1=, B=s_2")]).toEqual([
    ["A", "s_1="],
    ["B", "s_2"],
  ]);
  expect(readAs().size).toBe(0);
  for (const text of ["A=other", "s_1", "=s_1", "A=s_1,", "A=s_1,A=s_2"])
    expect(() => readAs(text)).toThrow(
      new UnfitEnvironment("KEYS is unfit: set it to NAME=SECRET between commas."),
    );
});
