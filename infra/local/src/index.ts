export { chooseEngines, type EngineChoice } from "./choose-engines.mjs";
export { composeEngines, type ComposedEngines } from "./compose-engines.ts";
export { type Engine, type Exit, type NotReady } from "./engine.ts";
export { type EngineName, type Engines, startEngines } from "./engines.ts";
export { giveWay } from "./give-way.ts";
export { type Kafka, type KafkaOptions, startKafka } from "./kafka.ts";
export { brokerSettings } from "./kafka-config.ts";
export { runKafkaTool } from "./kafka-java.ts";
export { probeKafka } from "./kafka-probe.ts";
export { type Passwords, usersConfig } from "./clickhouse-config.ts";
export {
  askClickHouse,
  type ClickHouse,
  type ClickHouseOptions,
  keptPasswords,
  passwordsFile,
  probeClickHouse,
  startClickHouse,
} from "./clickhouse.ts";
export { claimPort, freePorts } from "./ports.ts";
