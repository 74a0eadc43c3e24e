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

const headBytesMax = 16 * 1024;

export function createAnswerFraming(): AnswerFraming {
  let head: Buffer | undefined;
  let bodyLeft = 0;
  return {
    take(chunk) {
      let complete = 0;
      let at = 0;
      while (at < chunk.length) {
        if (bodyLeft > 0) {
          const taken = Math.min(bodyLeft, chunk.length - at);
          bodyLeft -= taken;
          at += taken;
          if (bodyLeft === 0) complete += 1;
          continue;
        }
        const seen: Buffer =
          head === undefined ? chunk.subarray(at) : Buffer.concat([head, chunk.subarray(at)]);
        const end = seen.indexOf(blankLine, 0, "latin1");
        if (end === -1) {
          if (seen.length > headBytesMax) return undefined;
          head = seen;
          return complete;
        }
        const length = /\r\ncontent-length: *(\d{1,9})\r\n/i.exec(
          seen.toString("latin1", 0, end + 2),
        )?.[1];
        if (length === undefined) return undefined;
        at += end + blankLine.length - (head?.length ?? 0);
        head = undefined;
        bodyLeft = Number(length);
        if (bodyLeft === 0) complete += 1;
      }
      return complete;
    },
    isWithin: () => head !== undefined || bodyLeft > 0,
  };
}
