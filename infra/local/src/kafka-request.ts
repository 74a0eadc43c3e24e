import { connect } from "node:net";

const answerMsMax = 10_000;
const answerBytesMax = 1024 * 1024;

/**
 * Sends one request of Kafka's protocol to the broker at 127.0.0.1:`port` and resolves with the body of its answer.
 *
 * This is for launching and its tests; who reads and writes topics does so through the log package.
 * Rejects when the broker closes, answers with more than 1 MiB, or not within 10 seconds.
 */
export function askKafka(
  port: number,
  request: { readonly key: number; readonly version: number; readonly body: Buffer },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let answer = Buffer.alloc(0);
    const refuse = (why: string | Error): void => {
      socket.destroy();
      reject(typeof why === "string" ? new Error(why) : why);
    };
    socket.setTimeout(answerMsMax, () => refuse("Kafka does not answer"));
    socket.once("error", refuse);
    socket.once("close", () => refuse("Kafka closed the connection"));
    socket.once("connect", () => socket.write(framed(request.key, request.version, request.body)));
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length > answerBytesMax) return refuse("Kafka answers with too much");
      if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return;
      // After the size comes the correlation id.
      resolve(answer.subarray(8));
      socket.destroy();
    });
  });
}

/** Size, key, version, correlation id, and no client id, before the body. */
function framed(key: number, version: number, body: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + body.length, 0);
  head.writeInt16BE(key, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(1, 8);
  head.writeInt16BE(-1, 12);
  return Buffer.concat([head, body]);
}
