/** Where one local broker listens (loopback) and keeps its data. */
export type BrokerPlace = {
  readonly dataDir: string;
  readonly port: number;
  readonly controllerPort: number;
};

/** What every broker of ours is told, wherever it runs. */
export const brokerSettings: Readonly<Record<string, string | number | boolean>> = {
  // One node holds one copy; eight partitions load faster than the usual fifty.
  "offsets.topic.replication.factor": 1,
  "offsets.topic.num.partitions": 8,
  "transaction.state.log.replication.factor": 1,
  "transaction.state.log.min.isr": 1,
  "transaction.state.log.num.partitions": 8,
  "share.coordinator.state.topic.replication.factor": 1,
  "share.coordinator.state.topic.min.isr": 1,
  "share.coordinator.state.topic.num.partitions": 1,
  "group.initial.rebalance.delay.ms": 0,

  // The log is the only truth: nothing may make a topic by mistyping it, and nothing may expire.
  "auto.create.topics.enable": false,
  "log.retention.ms": -1,
  "log.retention.bytes": -1,
  "message.max.bytes": 8 * 1024 * 1024,
  "replica.fetch.max.bytes": 8 * 1024 * 1024,
  "transaction.max.timeout.ms": 15 * 60 * 1000,

  // A heap of 512 MB has no room for the usual 128 MB of the cleaner.
  "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
  "num.network.threads": 2,
  "num.io.threads": 4,
  // A broker that was killed waits for its own old session to end: 6 s with the usual 9 s, 4 s with this.
  "broker.session.timeout.ms": 2_000,
  "broker.heartbeat.interval.ms": 400,
};

/** The properties file of a broker that is its own controller. */
export function brokerProperties(place: BrokerPlace): string {
  const settings: Record<string, string | number | boolean> = {
    "process.roles": "broker,controller",
    "node.id": 1,
    // Named here and not in the log (`--standalone`), so that the same directory can be served on other ports.
    "controller.quorum.voters": `1@127.0.0.1:${place.controllerPort}`,
    listeners: `CLIENTS://127.0.0.1:${place.port},CONTROLLER://127.0.0.1:${place.controllerPort}`,
    "advertised.listeners": `CLIENTS://127.0.0.1:${place.port}`,
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENTS",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": place.dataDir,
  };
  return Object.entries({ ...settings, ...brokerSettings })
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
