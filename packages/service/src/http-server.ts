import { type IncomingHttpHeaders, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import type { Logger } from "./logger.ts";
import { openApiOf } from "./openapi.ts";
import { Problem, problemBody, type ProblemDetails } from "./problem.ts";
import { methodsAt, noteRoutes } from "./routes.ts";

export type HttpServer = FastifyInstance;
export type HttpRequest = FastifyRequest;
export type HttpReply = FastifyReply;

export type HttpServerOptions = {
  readonly logger: Logger;
  /** A larger body is answered with 413. */
  readonly bodyBytesMax: number;
  /**
   * Turns the bytes of a body, of whatever content type, into `request.body`; JSON.parse of the text unless given.
   * Bytes and not a parsed object, because a number's digits are only in the source text.
   * A SyntaxError is answered with 400, a Problem as it says.
   */
  readonly parseBody?: (bytes: Buffer, headers: IncomingHttpHeaders) => unknown;
  /** Another body of an error, as JSON, for clients of a path that read no problem details; undefined: those. */
  readonly errorBody?: (path: string, details: ProblemDetails) => object | undefined;
};

/** Also the end of a client that sends its request a byte at a time. */
const requestMsMax = 30_000;
const drainMsMax = 10_000;
const lingerMs = 1_000;

/**
 * Makes a server whose only route is `/openapi.json`, the document of the described ones that are added. All of its errors
 * are `application/problem+json`.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { logger, bodyBytesMax, parseBody = parseJsonBody, errorBody } = options;
  const server = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4_096 },
    // Of addresses that no route is looked up for: bad percent signs, endless names.
    frameworkErrors: (error, _request, reply) => void answer(reply, unroutable(error)),
    clientErrorHandler: answerNoRequest,
  });
  noteRoutes(server);
  closeUnderConnections(server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "*",
    { parseAs: "buffer" },
    async (request: HttpRequest, bytes: Buffer) => parseBody(bytes, request.headers),
  );
  // Before a body is looked for: which methods have to have one is no matter where there is nothing.
  server.addHook("preParsing", async (request, _reply, body) => {
    if (request.is404) throw new Problem(unanswered(server, request));
    return body;
  });
  server.setNotFoundHandler((request, reply) => answer(reply, unanswered(server, request)));
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const details = detailsOf(error);
    if (details.status >= 500 && !(error instanceof Problem)) {
      logger.error("a request failed", { method: request.method, url: request.url, error });
    }
    if (!request.raw.complete) readOn(request, reply);
    const own = errorBody?.(pathOf(request), details);
    return own === undefined ? answer(reply, details) : answerInOwnWords(reply, details, own);
  });
  server.get("/openapi.json", () => openApiOf(server));
  return server;
}

/** Opens the server's port on one address and returns its URL; port 0 lets the system choose. */
export function listen(
  server: HttpServer,
  at: { readonly host?: string; readonly port: number },
): Promise<string> {
  return server.listen({ host: at.host ?? "127.0.0.1", port: at.port });
}

/**
 * Lets a close finish the requests under way, for ten seconds at most, and then end every connection. Node by itself
 * waits for connections that have never sent anything.
 */
function closeUnderConnections(server: HttpServer): void {
  let underWay = 0;
  let whenNone: (() => void) | undefined;
  server.addHook("onRequest", async (_request, reply) => {
    underWay += 1;
    // Of a client that went away as well, for which there is no onResponse.
    reply.raw.once("close", () => {
      underWay -= 1;
      if (underWay === 0) whenNone?.();
    });
  });
  server.addHook("preClose", async () => {
    const none = new Promise<void>((resolve) => {
      whenNone = resolve;
      if (underWay === 0) resolve();
    });
    const late = sleep(drainMsMax, undefined, { ref: false });
    // Not waited for: the port closes first, so that nobody connects in between.
    void Promise.race([none, late]).then(() =>
      setImmediate(() => server.server.closeAllConnections()),
    );
  });
}

/**
 * What comes on a connection is no HTTP, or not within its bounds: there is no request, and so no reply. The connection is
 * closed a moment later, because a client that still sends is reset, and may not see the answer.
 */
function answerNoRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return;
  const status = statusByCode[error.code ?? ""] ?? 400;
  const title = STATUS_CODES[status] ?? "Error";
  const body = problemBody({ status, title, detail: error.message });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  const late = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(late));
}

const statusByCode: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * A connection that is closed while its client still sends is reset, and the client may never see why. So the rest of a
 * body that is refused is read and dropped, for as long as a request may take.
 */
function readOn(request: HttpRequest, reply: HttpReply): void {
  reply.removeHeader("connection");
  request.raw.resume();
}

function parseJsonBody(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString("utf8"));
}

/** Only this function decides which error becomes which answer. What is not meant for the client stays here. */
function detailsOf(error: FastifyError): ProblemDetails {
  if (error instanceof Problem) return error.details;
  if (error instanceof SyntaxError) {
    return { status: 400, title: "Malformed body", detail: error.message };
  }
  const status = error.statusCode ?? 500;
  const title = STATUS_CODES[status] ?? "Error";
  if (status === 413) return { status, title, detail: "The body is too large: send less at once." };
  return status < 500
    ? { status, title, detail: error.message }
    : { status, title, detail: "The error was logged." };
}

/** There is no such path, or it does not take the method. */
function unanswered(server: HttpServer, { method, url }: HttpRequest): ProblemDetails {
  const path = pathOf({ url });
  const methods = methodsAt(server, path);
  if (methods.length === 0) {
    return { status: 404, title: "Not Found", detail: `There is no ${method} ${path}.` };
  }
  const allow = methods.flatMap((each) => (each === "GET" ? ["GET", "HEAD"] : [each])).join(", ");
  const detail = `${path} does not take ${method}, but ${allow}.`;
  return { status: 405, title: "Method Not Allowed", detail, headers: { allow } };
}

function pathOf({ url }: Pick<HttpRequest, "url">): string {
  return url.split("?", 1)[0] ?? "/";
}

/** Without the address itself: it may be as long as the headers allow. */
function unroutable({ statusCode = 400 }: FastifyError): ProblemDetails {
  const detail =
    "The address cannot be read: percent signs stand before two hex digits, names are short.";
  return { status: statusCode, title: STATUS_CODES[statusCode] ?? "Error", detail };
}

function answerInOwnWords(
  reply: HttpReply,
  { status, headers = {} }: ProblemDetails,
  body: object,
): HttpReply {
  return reply
    .code(status)
    .headers({ ...headers, "content-type": "application/json" })
    .send(Buffer.from(JSON.stringify(body)));
}

function answer(reply: HttpReply, details: ProblemDetails): HttpReply {
  return (
    reply
      .code(details.status)
      .headers({ ...details.headers, "content-type": "application/problem+json" })
      // As bytes: to a text the framework would add a charset, which this media type does not have.
      .send(Buffer.from(problemBody(details)))
  );
}
