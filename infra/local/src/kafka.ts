import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Engine, spawnEngine, untilReady } from "./engine.ts";
import { brokerProperties } from "./kafka-config.ts";
import { jars, javaArgs, runKafkaTool } from "./kafka-java.ts";
import { probeKafka } from "./kafka-probe.ts";
import { freePorts } from "./ports.ts";

export type KafkaOptions = {
  /** Data, configuration and the mark of a finished format; may be served again, on other ports too. */
  readonly dir: string;
  readonly port: number;
  /** The controller's own port; a free one when absent. */
  readonly controllerPort?: number;
  /** Appended to. */
  readonly logFile: string;
};

export type Kafka = Engine & {
  /** `host:port`, as clients want it. */
  readonly broker: string;
};

const readyMsMax = 60_000;

/**
 * Starts Apache Kafka, one node, on loopback, and resolves when it answers a metadata request.
 *
 * Throws when its jars are missing (the set-up fetches them) or when it does not come up within a minute.
 */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  if (!existsSync(jars)) {
    throw new Error(`Kafka's jars are missing in ${jars}: run \`npm run setup\`.`);
  }
  const dir = path.resolve(options.dir);
  const dataDir = path.join(dir, "data");
  const config = path.join(dir, "server.properties");
  mkdirSync(dir, { recursive: true });
  mkdirSync(path.dirname(path.resolve(options.logFile)), { recursive: true });
  const controllerPort = options.controllerPort ?? (await freePorts(1))[0] ?? 0;
  writeFileSync(config, brokerProperties({ dataDir, port: options.port, controllerPort }));
  await formatOnce(dir, dataDir, config);

  const broker = spawnEngine("java", [...javaArgs(512), "kafka.Kafka", config], {
    logFile: options.logFile,
    endGently: (child) => child.kill("SIGTERM"),
  });
  endWithUs(broker);
  await untilReady("Kafka", broker, {
    probe: () => probeKafka(options.port),
    logFile: options.logFile,
    withinMs: readyMsMax,
  });
  return { ...broker, broker: `127.0.0.1:${options.port}` };
}

/** A format that was interrupted has no mark, and no broker has ever written there: it is begun again. */
async function formatOnce(dir: string, dataDir: string, config: string): Promise<void> {
  const mark = path.join(dir, "formatted");
  if (existsSync(mark)) return;
  rmSync(dataDir, { recursive: true, force: true });
  // The tool takes a leading dash for an option.
  let clusterId = "-";
  while (clusterId.startsWith("-")) clusterId = randomBytes(16).toString("base64url");
  await runKafkaTool("kafka.tools.StorageTool", ["format", "-t", clusterId, "-c", config]);
  writeFileSync(mark, `${clusterId}\n`);
}

/**
 * Java does not notice that its parent died. A shell does: its standard input ends with us, and it ends the broker.
 */
function endWithUs(broker: Engine): void {
  const script =
    'read _; kill "$1"; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 2; kill -0 "$1" || exit 0; done; kill -9 "$1"';
  const guard = spawn("sh", ["-c", script, "sh", String(broker.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.stdin.on("error", () => {});
  guard.unref();
  void broker.exited.then(() => guard.kill("SIGKILL"));
}
