import { connect, type Socket } from "node:net";
import { createAnswerFraming, readRequestHead } from "./lane-framing.ts";
import type { Address } from "./services.ts";

export type FastLane = {
  /** Takes a new connection, and gives it to `otherwise` when something else comes on it than plain posts of events. */
  take(client: Socket): void;
  /** Ends every connection that is in the lane. */
  close(): void;
};

/** After the lane has answered itself, for a client that still sends to read the answer. */
const lingerMs = 1_000;
/** How long a connection may stay without a request. */
const idleMsMax = 60_000;

/**
 * Nearly all requests of a deployment are posts of events with a length: for these the lane only looks where each ends,
 * and passes the bytes on as they are, on a connection of its own to ingest. Parsing and writing each of them anew, as a
 * proxy does, takes as much processor time as taking the event.
 */
export function createFastLane(given: {
  /** Best first; the next is tried where one does not take the connection. */
  readonly targets: () => readonly Address[];
  readonly otherwise: (client: Socket) => void;
  /** The whole answer when nobody takes the connection, or it breaks before the answer begins. It ends the connection. */
  readonly unavailable: () => string;
}): FastLane {
  const clients = new Set<Socket>();

  function take(client: Socket): void {
    const framing = createAnswerFraming();
    let upstream: Socket | undefined;
    /** What nobody has taken yet: another target can still have it. */
    let early: Buffer[] = [];
    let bodyLeft = 0;
    let unanswered = 0;
    let isEnding = false;
    /** What came on the connection for others; it waits until all of ours is answered. */
    let rest: Buffer | undefined;

    clients.add(client);
    client.on("data", onRequests);
    client.on("end", onEnd);
    client.on("close", leave);
    client.on("error", onError);
    client.setTimeout(idleMsMax, onIdle);

    function onRequests(chunk: Buffer): void {
      let at = 0;
      while (at < chunk.length) {
        if (bodyLeft === 0) {
          const head = readRequestHead(chunk, at);
          if (head === undefined) break;
          unanswered += 1;
          bodyLeft = head.length;
          at = head.end;
        }
        const taken = Math.min(bodyLeft, chunk.length - at);
        bodyLeft -= taken;
        at += taken;
      }
      if (at > 0) send(at === chunk.length ? chunk : chunk.subarray(0, at));
      if (at === chunk.length) return;
      rest = chunk.subarray(at);
      client.pause();
      leaveWhenAnswered();
    }

    function send(bytes: Buffer): void {
      upstream ??= openUpstream(given.targets());
      if (upstream.connecting) early.push(bytes);
      if (upstream.write(bytes)) return;
      client.pause();
      upstream.once("drain", () => {
        if (rest === undefined) client.resume();
      });
    }

    function openUpstream([target, ...others]: readonly Address[]): Socket {
      const { host, port } = target ?? { host: "127.0.0.1", port: 0 };
      const socket = connect({ host, port, noDelay: true });
      for (const bytes of early) socket.write(bytes);
      socket.once("connect", () => {
        early = [];
      });
      socket.on("data", onAnswers);
      socket.on("error", () => {});
      socket.once("close", () => {
        if (upstream !== socket) return;
        upstream = early.length > 0 && others.length > 0 ? openUpstream(others) : undefined;
        if (upstream === undefined) onUpstreamGone();
      });
      return socket;
    }

    function onAnswers(this: Socket, chunk: Buffer): void {
      const complete = framing.take(chunk);
      // Then nobody but the client can say where an answer ends, and the connection is for events alone.
      unanswered = complete === undefined ? Infinity : unanswered - complete;
      if (!client.write(chunk)) {
        this.pause();
        client.once("drain", () => this.resume());
      }
      leaveWhenAnswered();
    }

    function leaveWhenAnswered(): void {
      if (unanswered > 0) return;
      if (isEnding) client.end();
      if (rest === undefined) return;
      leave();
      client.unshift(rest);
      given.otherwise(client);
      client.resume();
    }

    function leave(): void {
      clients.delete(client);
      client.off("data", onRequests).off("end", onEnd).off("close", leave).off("error", onError);
      client.off("timeout", onIdle).setTimeout(0);
      const left = upstream;
      upstream = undefined;
      left?.destroy();
    }

    function onUpstreamGone(): void {
      const isWhole = unanswered === 0 && bodyLeft === 0;
      // It was idle, or nobody can say where an answer ends; and a broken answer must look broken.
      if (isWhole || framing.isWithin() || unanswered === Infinity) return client.destroySoon();
      leave();
      client.on("error", () => {});
      client.end(unanswered > 0 ? given.unavailable() : "");
      // A client that still sends its body would not see the answer of a connection that is closed at once.
      client.resume();
      setTimeout(() => client.destroy(), lingerMs).unref();
    }

    function onIdle(): void {
      if (unanswered === 0) client.destroy();
    }

    function onEnd(): void {
      // It may still wait for its answers; a body that is cut short gets none.
      isEnding = bodyLeft === 0;
      if (isEnding) leaveWhenAnswered();
      else client.destroy();
    }

    function onError(): void {
      client.destroy();
    }
  }

  return {
    take,
    close() {
      for (const client of clients) client.destroy();
    },
  };
}
