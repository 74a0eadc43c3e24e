import { parseTime } from "@tallybook/periods";
import type { Call, Command } from "../command.ts";
import { Failure, misuse } from "../failure.ts";
import { setUp } from "../up/set-up.ts";
import { instancesOf, serviceNames } from "../up/services.ts";
import { type Stack, startStack } from "../up/stack.ts";
import { untilAsked } from "../until-asked.ts";
import { settleClock } from "../up/settle-clock.ts";

/** More processes than one machine has use for. */
const instancesMax = 16;

export const up: Command = {
  name: "up",
  summary: "Starts engines and services, keeps them running, and prints one address",
  args: [],
  options: {
    clock: {
      value: "TIME",
      about: "simulated time begins here (RFC 3339), instead of the wall clock",
    },
    "admin-key": {
      value: "KEY",
      about: "the admin API key (default: one is made and printed once)",
    },
    data: { value: "DIR", about: "where everything is kept (default ./.tallybook)" },
    port: { value: "N", about: "port of the one address (default 8080; 0: any free one)" },
    partitions: {
      value: "N",
      about: "partitions of the usage topics, fixed at the first start (default 4)",
    },
    instances: {
      value: "N",
      about: "of each service: they share the partitions, or stand by (default 1)",
    },
    failpoint: {
      value: "SERVICE=SPEC",
      about: "FAILPOINT for the first start of one service",
      hidden: true,
      repeated: true,
    },
  },
  examples: [
    "npx tally up",
    "npx tally up --clock 2023-11-01T00:00:00Z --data /tmp/november --port 8090",
    "KAFKA_BROKERS=host:9092 CLICKHOUSE_URL=http://user:password@host:8123 npx tally up",
  ],
  async run(call) {
    let stack: Stack | undefined;
    const { signal, asked } = untilAsked(call.remark, () => stack?.kill());
    try {
      if ((await setUp(call.env)) === "containers") throw inContainers();
      stack = await startStack({
        dir: call.text("data") ?? ".tallybook",
        port: wholeNumber(call, "port", 0, 65_535) ?? 8080,
        partitions: wholeNumber(call, "partitions", 1, 256),
        instances: wholeNumber(call, "instances", 1, instancesMax),
        clock: clockOf(call),
        adminKey: adminKeyOf(call),
        failPoints: failPoints(call),
        env: call.env,
        say: (line) => call.remark(line),
        signal,
      });
    } catch (error) {
      if (signal.aborted) return 0;
      throw error;
    }
    try {
      await settleClock(stack, call.text("clock"), call.remark);
      if (stack.place.isKeyNew) {
        call.print(
          `admin key: ${stack.place.adminKey} (kept in ${stack.place.adminKeyFile}, and not shown again)`,
        );
      }
      call.print(`Tallybook is ready at ${stack.url}`);
      await asked;
      call.remark("stopping: services first, then the engines");
    } finally {
      await stack.stop();
    }
    return 0;
  },
};

/** What is kept has to outlive this process, and containers are somebody else's to keep. */
function inContainers(): Failure {
  return new Failure(
    "without Java and Maven, or with TALLY_ENGINES=containers, everything runs in Docker: docker compose -f infra/compose.yaml up --build --detach --wait",
  );
}

function wholeNumber(call: Call, option: string, min: number, max: number): number | undefined {
  const text = call.text(option);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw misuse(`tally up: --${option} ${text} is not a whole number from ${min} to ${max}.`);
}

function clockOf(call: Call): string | undefined {
  const text = call.text("clock");
  if (text === undefined || parseTime(text) !== undefined) return text;
  throw misuse(
    `tally up: --clock ${text} is not an RFC 3339 time with a zone, like 2023-11-01T00:00:00Z.`,
  );
}

/** It travels in a header. */
function adminKeyOf(call: Call): string | undefined {
  const text = call.text("admin-key");
  if (text === undefined || /^[\x21-\x7e]{1,200}$/.test(text)) return text;
  throw misuse("tally up: --admin-key is printable ASCII without spaces, at most 200 characters.");
}

function failPoints(call: Call): Record<string, string> {
  const points: Record<string, string> = {};
  const names = [...serviceNames, ...instancesOf(instancesMax).map(({ name }) => name)];
  for (const text of call.texts("failpoint")) {
    const [service, ...spec] = text.split("=");
    const name = names.find((known) => known === service);
    if (!name || spec.length === 0) {
      throw misuse(
        `tally up: --failpoint ${text}: SERVICE=SPEC with one of ${serviceNames.join(", ")}.`,
      );
    }
    points[name] = spec.join("=");
  }
  return points;
}
