import type { NotReady } from "./engine.ts";
import { askKafka } from "./kafka-request.ts";

/** An empty list of topics, and leave to create none. */
const clusterOnly = Buffer.from([0, 0, 0, 0, 0]);

/**
 * Asks the broker at 127.0.0.1:`port` for the cluster's metadata, as every client does first.
 *
 * It is ready when it names itself: a port that accepts is not enough, for the broker opens it before its controller
 * has let it in.
 */
export async function probeKafka(port: number): Promise<NotReady> {
  try {
    const metadata = await askKafka(port, { key: 3, version: 4, body: clusterOnly });
    // After the throttle time comes the list of brokers, its length first.
    return metadata.readInt32BE(4) > 0 ? null : "no broker has registered yet";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
