import { connect } from "node:net";
import type { Hostile } from "./bodies.ts";

/** What came back. `none`: the connection ended without an answer, as it may where the framing is broken. */
export type Answer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly type: string;
      readonly body: string;
      /** As long as it says. */
      readonly isWhole: boolean;
    }
  | { readonly kind: "none" }
  | { readonly kind: "timeout" };

/** Longer than the server lets a request take. */
const answerMsMax = 40_000;

/** Sends a request as its bytes are, whatever HTTP says of them, on a connection of its own. */
export function send(
  target: { readonly url: string; readonly key: string },
  hostile: Hostile,
): Promise<Answer> {
  const { hostname, port } = new URL(target.url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(answerMsMax, () => {
      resolve({ kind: "timeout" });
      socket.destroy();
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const answer = readAnswer(Buffer.concat(chunks));
      if (answer.kind === "answer" && answer.isWhole) socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(readAnswer(Buffer.concat(chunks))));
    socket.write(headOf(target.key, hostile));
    socket.write(framed(hostile));
    // The server may wait for what was promised and does not come: it learns that it will not.
    if (hostile.framing !== "length" && hostile.framing !== "chunked") socket.end();
  });
}

function headOf(key: string, { path, headers, body, framing }: Hostile): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    ...(headers.some(([name]) => name === "authorization") ? [] : [`authorization: Bearer ${key}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...lengthLines(framing, body.length),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function lengthLines(framing: Hostile["framing"], length: number): string[] {
  switch (framing) {
    case "length":
      return [`content-length: ${length}`];
    case "chunked":
      return ["transfer-encoding: chunked"];
    case "too_short":
      return [`content-length: ${Math.max(0, length - 5)}`];
    case "too_long":
      return [`content-length: ${length + 100}`];
    case "no_length":
      return [];
    case "both":
      return [`content-length: ${length}`, "transfer-encoding: chunked"];
    case "garbage":
      return ["content-length: -7e3"];
  }
}

function framed({ body, framing }: Hostile): Buffer {
  if (framing !== "chunked" && framing !== "both") return body;
  const middle = Math.ceil(body.length / 2);
  const pieces = [body.subarray(0, middle), body.subarray(middle)].filter(
    ({ length }) => length > 0,
  );
  const chunks = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...chunks, Buffer.from("0\r\n\r\n")]);
}

function readAnswer(bytes: Buffer): Answer {
  const text = bytes.toString("utf8").replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  if (status === 0) return { kind: "none" };
  const headEnd = text.indexOf("\r\n\r\n");
  const type = /^content-type: *(.*)$/im.exec(text.slice(0, headEnd))?.[1]?.trim() ?? "";
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, headEnd))?.[1];
  const rest = Buffer.from(text.slice(headEnd + 4));
  // What follows is the answer to bytes that the client's own framing made a second request of.
  const body = rest.subarray(0, length === undefined ? rest.length : Number(length)).toString();
  const isWhole = headEnd > 0 && length !== undefined && rest.length >= Number(length);
  return { kind: "answer", status, type, body, isWhole };
}
