import type { Call, Command } from "../command.ts";
import { misuse } from "../failure.ts";
import { untilAsked } from "../until-asked.ts";
import { openGateway } from "../up/gateway.ts";
import { openApiAnswer } from "../up/openapi.ts";
import { progressAnswer, readinessAnswer } from "../up/readiness.ts";
import { type Address, instancesOf } from "../up/services.ts";
import { watchUpstreams } from "../up/upstreams.ts";

export const gateway: Command = {
  name: "gateway",
  summary: "Answers under one address for services that somebody else starts",
  args: [],
  options: {
    services: {
      value: "URL",
      about: "where they are, NAME in place of each one's name: http://NAME:8080",
    },
    instances: {
      value: "N",
      about: "of each service; with more than one NAME is ingest-0, ingest-1, … (default 1)",
    },
    host: { value: "ADDRESS", about: "address to listen on (default 127.0.0.1)" },
    port: { value: "N", about: "port to listen on (default 8080; 0: any free one)" },
  },
  examples: [
    "KAFKA_BROKERS=kafka:9092 CLICKHOUSE_URL=http://user:password@clickhouse:8123 npx tally gateway --services http://NAME:8080",
  ],
  async run(call) {
    const targets = targetsOf(call);
    const { asked } = untilAsked(call.remark, () => {});
    const upstreams = watchUpstreams(targets.instances, targets.addressOf);
    const opened = await openGateway({
      addressesOf: (service) => upstreams.addressesOf(service),
      host: call.text("host") ?? "127.0.0.1",
      port: wholeNumber(call, "port", 8_080, 0, 65_535),
      own: {
        "/livez": async () => ({ status: 200, body: { alive: true } }),
        "/readyz": () => readinessAnswer(targets),
        "/v1/progress": () => progressAnswer(targets),
        "/openapi.json": () => openApiAnswer((service) => upstreams.addressesOf(service)),
      },
    });
    call.print(`The gateway answers at ${opened.url}`);
    await asked;
    await opened.close();
    upstreams.close();
    return 0;
  },
};

function targetsOf(call: Call) {
  const { KAFKA_BROKERS: brokers, CLICKHOUSE_URL: clickHouseUrl } = call.env;
  if (!brokers || !clickHouseUrl) {
    throw misuse("tally gateway: KAFKA_BROKERS and CLICKHOUSE_URL are needed, for /readyz.");
  }
  const template = call.text("services");
  const url = template === undefined ? null : URL.parse(template.replace("NAME", "name"));
  if (template === undefined || url?.protocol !== "http:") {
    throw misuse(
      "tally gateway: --services is missing or unfit: say http://NAME:8080, or the like.",
    );
  }
  const { hostname, port } = new URL(template.replace("NAME", "tally-service-name"));
  const engines = {
    brokers,
    topicPrefix: call.env["TOPIC_PREFIX"] ?? "",
    clickHouseUrl,
    analystUrl: null,
    database: call.env["CLICKHOUSE_DATABASE"] ?? "tallybook",
  };
  return {
    instances: instancesOf(wholeNumber(call, "instances", 1, 1, 1_024)),
    addressOf: (name: string): Address => ({
      host: hostname.replace("tally-service-name", name),
      port: Number(port || "80"),
    }),
    engines: () => engines,
  };
}

function wholeNumber(
  call: Call,
  option: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = call.text(option);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= min && value <= max) return value;
  throw misuse(`tally gateway: --${option} ${text} is not a whole number from ${min} to ${max}.`);
}
