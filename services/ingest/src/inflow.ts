import { Transform, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { Problem, type HttpReply, type HttpRequest } from "@tallybook/service";

/** The bodies of requests that are not answered yet: bounded one by one and together, as their decompressed bytes. */
export interface Inflow {
  /** A hook before a body is read, of so many bytes at most: what it returns is read instead. Nothing keeps the compressed bytes. */
  opening(
    bodyBytesMax: number,
  ): (request: HttpRequest, reply: HttpReply, body: Readable) => Promise<Readable>;
}

const decoders = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

type Decoder = ReturnType<(typeof decoders)[keyof typeof decoders]>;

export function createInflow(given: {
  /** Of all together. */
  readonly inFlightBytesMax: number;
  readonly onInFlight: (bytes: number) => void;
}): Inflow {
  const { inFlightBytesMax, onInFlight } = given;
  let inFlight = 0;

  function add(bytes: number): void {
    inFlight += bytes;
    onInFlight(inFlight);
  }

  /** Promises memory to a request until it is answered, or throws. */
  function promiseTo(reply: HttpReply): (bytes: number) => void {
    let promised = 0;
    reply.raw.once("close", () => add(-promised));
    return (bytes) => {
      if (inFlight + bytes > inFlightBytesMax) throw tooMuchAtOnce();
      promised += bytes;
      add(bytes);
    };
  }

  return {
    opening: (bodyBytesMax) =>
      async function openBody(request, reply, body) {
        const promise = promiseTo(reply);
        const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
        const makeDecoder = isKnown(encoding) ? decoders[encoding] : undefined;
        if (makeDecoder === undefined && encoding !== "" && encoding !== "identity") {
          throw unsupported(encoding);
        }
        if (makeDecoder === undefined && request.headers["content-length"] !== undefined) {
          // A larger body is refused before a byte of it is read.
          promise(Math.min(Number(request.headers["content-length"]) || 0, bodyBytesMax));
          return body;
        }
        const counted = count(promise, bodyBytesMax);
        // What nobody reads any more is dropped as it comes, so that the client reads its answer.
        counted.once("close", () => body.unpipe().resume());
        reply.raw.once("close", () => counted.destroy());
        if (makeDecoder === undefined) lead(body, counted);
        else decode(body, makeDecoder(), counted, { encoding, bodyBytesMax });
        return counted;
      },
  };
}

/** Lets bytes through as long as they are within their bounds. */
function count(promise: (bytes: number) => void, bodyBytesMax: number): Transform {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      try {
        if (bytes > bodyBytesMax) throw tooLarge(bodyBytesMax);
        promise(chunk.length);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
  // Who reads it may have gone already.
  counted.on("error", () => {});
  return counted;
}

/** Not `pipeline`: that would end the connection on an error, before the answer. */
function lead(body: Readable, to: Transform): void {
  body.once("error", (error) => to.destroy(error));
  body.pipe(to);
}

function decode(
  body: Readable,
  decoder: Decoder,
  counted: Transform,
  of: { readonly encoding: string; readonly bodyBytesMax: number },
): void {
  let encodedBytes = 0;
  body.on("data", (chunk: Buffer) => {
    encodedBytes += chunk.length;
    // Also of what decompresses to nothing.
    if (encodedBytes > of.bodyBytesMax) counted.destroy(tooLarge(of.bodyBytesMax));
  });
  // The server compares it with Content-Length.
  Object.defineProperty(counted, "receivedEncodedLength", { get: () => encodedBytes });
  decoder.on("error", (error: NodeJS.ErrnoException) => {
    const why = error.code === "Z_BUF_ERROR" ? "it ends too early" : error.message;
    counted.destroy(corrupt(of.encoding, why));
  });
  counted.once("close", () => decoder.destroy());
  lead(body, decoder);
  decoder.pipe(counted, { end: false });
  decoder.once("end", () => {
    body.unpipe(decoder);
    const finish = (): void => {
      if (decoder.bytesWritten === encodedBytes) counted.end();
      else counted.destroy(corrupt(of.encoding, "more bytes follow its end"));
    };
    if (body.readableEnded) finish();
    else body.once("end", finish).resume();
  });
}

function isKnown(encoding: string): encoding is keyof typeof decoders {
  return Object.hasOwn(decoders, encoding);
}

function unsupported(encoding: string): Problem {
  const taken = Object.keys(decoders).join(", ");
  return new Problem({
    status: 415,
    title: "Unsupported Media Type",
    detail: `Content-Encoding ${encoding.slice(0, 100)} is not read; these are: ${taken}.`,
    headers: { "accept-encoding": taken },
  });
}

function tooLarge(bytesMax: number): Problem {
  return new Problem({
    status: 413,
    title: "Content Too Large",
    detail: `A body has at most ${bytesMax} bytes, also when it is decompressed: split it.`,
  });
}

function corrupt(encoding: string, why: string): Problem {
  return new Problem({
    status: 400,
    title: "Malformed body",
    detail: `The body is not whole as ${encoding}: ${why}.`,
    members: { field: null, reason: "corrupt_encoding" },
  });
}

function tooMuchAtOnce(): Problem {
  return new Problem({
    status: 503,
    title: "Service Unavailable",
    detail: "Too much is on its way: send it again.",
    headers: { "retry-after": "1" },
  });
}
