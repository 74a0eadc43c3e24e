import type { Call, Command } from "../command.ts";
import { misuse } from "../failure.ts";
import { untilAsked } from "../until-asked.ts";
import { openGateway } from "../up/gateway.ts";
import { progressAnswer, readinessAnswer } from "../up/readiness.ts";
import type { ServiceName } from "../up/services.ts";

export const gateway: Command = {
  name: "gateway",
  summary: "Answers under one address for services that somebody else starts",
  args: [],
  options: {
    services: {
      value: "URL",
      about: "where they are, NAME in place of each one's name: http://NAME:8080",
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
    const opened = await openGateway({
      ...targets,
      host: call.text("host") ?? "127.0.0.1",
      port: portOf(call),
      own: {
        "/livez": async () => ({ status: 200, body: { alive: true } }),
        "/readyz": () => readinessAnswer(targets),
        "/v1/progress": () => progressAnswer(targets),
      },
    });
    call.print(`The gateway answers at ${opened.url}`);
    await asked;
    await opened.close();
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
    portOf: () => Number(port || "80"),
    hostOf: (service: ServiceName) => hostname.replace("tally-service-name", service),
    engines: () => engines,
  };
}

function portOf(call: Call): number {
  const text = call.text("port") ?? "8080";
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw misuse(`tally gateway: --port ${text} is not a whole number from 0 to 65535.`);
}
