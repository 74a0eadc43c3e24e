import { runKafkaTool } from "@tallybook/local";
import { connectLog } from "@tallybook/log";

const topic = "bench";
const records = 500_000;
const bytes = 200;

/** Records a second that Kafka's own producer gets into the same broker: acks of all, 200 bytes each. */
export async function kafkaBaseline(brokers: string, run: number): Promise<number> {
  const log = await connectLog({
    brokers: brokers.split(","),
    clientId: "bench",
    prefix: `bench-${run}-`,
  });
  await log.prepareTopics([{ topic, partitions: 4 }]);
  await log.close();
  const load = `--num-records ${records} --record-size ${bytes} --throughput -1`;
  const producer = `--producer-props acks=all bootstrap.servers=${brokers}`;
  const said = await runKafkaTool(
    "org.apache.kafka.tools.ProducerPerformance",
    `--topic bench-${run}-${topic} ${load} ${producer}`.split(" "),
  );
  const rates = [...said.matchAll(/([\d.]+) records\/sec/g)].map((match) => Number(match[1]));
  const overall = rates.at(-1);
  if (overall === undefined)
    throw new Error(`no figure in what ProducerPerformance said:\n${said}`);
  return overall;
}
