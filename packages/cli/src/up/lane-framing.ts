/** Where one request ends and the next begins. */
export type RequestHead = {
  /** Just after the head, in the chunk. */
  readonly end: number;
  /** Bytes of the body. */
  readonly length: number;
};

const blankLine = "\r\n\r\n";
const requestLine = /^POST \/v1\/events(?:\/batch)? HTTP\/1\.1\r\n/;
/** What is of one hop, or changes how a message is read; keeping a connection open is what both sides do anyway. */
const ofOneHop =
  /\r\n(?:connection(?!: *keep-alive\r\n)|expect|keep-alive|proxy-[a-z-]*|te|trailer|transfer-encoding|upgrade)[ \t]*:/i;
/** Lines that two readers could split in two ways. */
const oddLines = /[^\r]\n|\r[^\n]|\r\n[ \t]/;
const lengths = /\r\ncontent-length: *(\d{1,9})(?=\r\n)/gi;
const contentLength = /\r\ncontent-length/gi;

/**
 * Reads the head of a request with events that begins at `at`. Undefined where it is not whole in this chunk, is of
 * anything else, or has a single header that makes it more than a head and so many bytes: such a one is not for us.
 */
export function readRequestHead(chunk: Buffer, at: number): RequestHead | undefined {
  const end = chunk.indexOf(blankLine, at, "latin1");
  if (end === -1) return undefined;
  // With the end of its last line, which the expressions look for.
  const head = chunk.toString("latin1", at, end + 2);
  if (!requestLine.test(head) || ofOneHop.test(head) || oddLines.test(head)) return undefined;
  if (head.match(contentLength)?.length !== 1) return undefined;
  const [length] = [...head.matchAll(lengths)];
  return length === undefined
    ? undefined
    : { end: end + blankLine.length, length: Number(length[1]) };
}

/** Follows the answers of a service as they pass. */
export type AnswerFraming = {
  /** Takes what came; returns how many answers are complete with it. Undefined when that can no longer be told. */
  take(chunk: Buffer): number | undefined;
  /** Whether part of an answer has come, and not all of it. */
  isWithin(): boolean;
};

/** Of a head, or of a line about a chunk. */
const partBytesMax = 16 * 1024;
const lineEnd = "\r\n";
const nothing = Buffer.alloc(0);

/** What the next bytes are: a text up to its end, or so many bytes of a body. */
type Part = "head" | "chunk size" | "trailer" | "body" | "chunk";

export function createAnswerFraming(): AnswerFraming {
  let part: Part = "head";
  /** Of a text whose end has not come. */
  let pending: Buffer = nothing;
  let bytesLeft = 0;

  /** Takes a text; returns whether it ends an answer, undefined where it says nothing that can be followed. */
  function onText(text: string): boolean | undefined {
    if (part === "trailer") {
      if (text === "") part = "head";
      return text === "";
    }
    if (part === "chunk size") {
      const size = /^[0-9a-f]{1,8}(?=;|$)/i.exec(text)?.[0];
      if (size === undefined) return undefined;
      // The bytes of a chunk end with a line's end of their own.
      bytesLeft = Number.parseInt(size, 16) + lineEnd.length;
      part = bytesLeft === lineEnd.length ? "trailer" : "chunk";
      return false;
    }
    if (/\r\ntransfer-encoding: *chunked(?=\r\n|$)/i.test(text)) {
      part = "chunk size";
      return false;
    }
    const length = /\r\ncontent-length: *(\d{1,9})(?=\r\n|$)/i.exec(text)?.[1];
    if (length === undefined) return undefined;
    bytesLeft = Number(length);
    part = bytesLeft === 0 ? "head" : "body";
    return bytesLeft === 0;
  }

  return {
    take(chunk) {
      let complete = 0;
      let at = 0;
      while (at < chunk.length) {
        if (part === "body" || part === "chunk") {
          const taken = Math.min(bytesLeft, chunk.length - at);
          bytesLeft -= taken;
          at += taken;
          if (bytesLeft > 0) continue;
          if (part === "body") complete += 1;
          part = part === "body" ? "head" : "chunk size";
          continue;
        }
        const end: string = part === "head" ? blankLine : lineEnd;
        const seen: Buffer = Buffer.concat([pending, chunk.subarray(at)]);
        const length = seen.indexOf(end, 0, "latin1");
        if (length === -1) {
          if (seen.length > partBytesMax) return undefined;
          pending = seen;
          return complete;
        }
        at += length + end.length - pending.length;
        pending = nothing;
        const isEnd = onText(seen.toString("latin1", 0, length));
        if (isEnd === undefined) return undefined;
        if (isEnd) complete += 1;
      }
      return complete;
    },
    isWithin: () => part !== "head" || pending.length > 0,
  };
}
