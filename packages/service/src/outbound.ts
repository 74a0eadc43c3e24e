import { lookup as lookUp } from "node:dns/promises";
import { type IncomingMessage, request as requestPlainly } from "node:http";
import { request as requestSecurely } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** A request to an address that somebody outside has given: a webhook's, or a tax calculator's. */
export interface OutboundRequest {
  /** http or https, without user and password. */
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** From the first question for the name to the last byte of the answer, milliseconds. */
  readonly msMax: number;
  /** Of the answer's body, decompressed by nobody; what goes beyond is not read. */
  readonly answerBytesMax: number;
  readonly stopping?: AbortSignal;
}

export type OutboundAnswer =
  /** Whatever the status: a redirect is an answer like others, and not followed. */
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
      /** False: the body goes on behind the bound. */
      readonly isWhole: boolean;
    }
  /** It was not sent, and is not to be: the text says why, and what to do. */
  | { readonly kind: "refused"; readonly detail: string }
  /** It may have arrived or not. */
  | { readonly kind: "failed"; readonly reason: "late" | "unreachable"; readonly detail: string };

/** The one way out to addresses that we did not choose. */
export interface Outbound {
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}

/** All addresses of a name; Node's own resolver unless given. */
export type Resolve = (
  name: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/**
 * Refuses what is not public: loopback, private, link-local, shared and reserved networks, of IPv4 and IPv6, also where they are
 * written inside one another. A name is resolved once, all its addresses are judged, and the connection goes to the address that was
 * judged, so that a name that changes its mind in between (DNS rebinding) is of no use.
 *
 * `allowed`: networks that may be reached all the same, such as `127.0.0.1/32` or `10.1.0.0/16`; only there may a request go without
 * TLS. Throws where one of them is none.
 */
export function createOutbound(
  allowed: readonly string[],
  resolve: Resolve = (name) => lookUp(name, { all: true }),
): Outbound {
  const permitted = networksOf(allowed);
  const judge = (address: string): "allowed" | "public" | "private" => {
    if (isIn(permitted, address)) return "allowed";
    return isPublic(address) ? "public" : "private";
  };
  return {
    async send(request) {
      const url = URL.parse(request.url);
      if (url === null || !["http:", "https:"].includes(url.protocol))
        return refused(`${request.url} is no address with http or https`);
      const name = url.hostname.replace(/^\[|\]$/g, "");
      if (url.username !== "" || url.password !== "")
        return refused(`${name} is asked with user and password: leave them out of the address`);
      const begunAt = performance.now();
      let found: Awaited<ReturnType<Resolve>>;
      try {
        found =
          isIP(name) === 0
            ? await within(resolve(name), request)
            : [{ address: name, family: isIP(name) }];
      } catch (error) {
        return failed("unreachable", `${name} has no address: ${(error as Error).message}`);
      }
      const [first] = found;
      if (first === undefined) return failed("unreachable", `${name} has no address`);
      for (const { address } of found) {
        const verdict = judge(address);
        if (verdict === "private")
          return refused(
            // Which one it is, is not for whoever may name any host of ours here.
            `${name} is, or leads to, no public address: use another, or name its network in OUTBOUND_ALLOWED`,
          );
        if (verdict === "public" && url.protocol === "http:")
          return refused(`${name} is asked without TLS: use an address with https`);
      }
      const msLeft = Math.max(0, request.msMax - (performance.now() - begunAt));
      return exchange(url, first, request, msLeft);
    },
  };
}

function exchange(
  url: URL,
  { address, family }: Awaited<ReturnType<Resolve>>[number],
  { method, headers, body, msMax, answerBytesMax, stopping }: OutboundRequest,
  msLeft: number,
): Promise<OutboundAnswer> {
  // Whoever connects asks here, and is told what was judged: nobody asks the resolver again.
  const lookup: LookupFunction = (_name, options, answer) =>
    options.all === true ? answer(null, [{ address, family }]) : answer(null, address, family);
  const send = url.protocol === "https:" ? requestSecurely : requestPlainly;
  return new Promise((resolve) => {
    const outgoing = send(url, {
      method,
      headers: { ...headers, "content-length": String(body.length) },
      lookup,
      // No connection is kept: the next request is judged anew.
      agent: false,
      ...(stopping === undefined ? {} : { signal: stopping }),
    });
    const late = setTimeout(() => {
      end(failed("late", `no whole answer within ${msMax} ms`));
      outgoing.destroy();
    }, msLeft);
    function end(answer: OutboundAnswer): void {
      clearTimeout(late);
      resolve(answer);
    }
    // Also what goes wrong after the first error: nobody else listens to it.
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      end(failed("unreachable", error.code ?? error.message)),
    );
    outgoing.once("response", (incoming) => {
      void bodyOf(incoming, answerBytesMax).then(
        ({ body: read, isWhole }) => {
          end({
            kind: "answered",
            status: incoming.statusCode ?? 0,
            headers: plain(incoming.headers),
            body: read,
            isWhole,
          });
          if (!isWhole) outgoing.destroy();
        },
        (error: unknown) => end(failed("unreachable", (error as Error).message)),
      );
    });
    outgoing.end(body);
  });
}

async function bodyOf(
  incoming: IncomingMessage,
  bytesMax: number,
): Promise<{ readonly body: Buffer; readonly isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    const room = bytesMax - bytes;
    chunks.push(chunk.subarray(0, room));
    if (chunk.length > room) return { body: Buffer.concat(chunks), isWhole: false };
    bytes += chunk.length;
  }
  return { body: Buffer.concat(chunks), isWhole: true };
}

function plain(headers: IncomingMessage["headers"]): Readonly<Record<string, string>> {
  const said = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return Object.fromEntries(said);
}

/** The resolver has no bound of its own that could be trusted, and cannot be stopped: nobody waits for it any more. */
async function within<Answer>(
  answer: Promise<Answer>,
  { msMax, stopping }: Pick<OutboundRequest, "msMax" | "stopping">,
): Promise<Answer> {
  const { promise: bound, reject } = Promise.withResolvers<never>();
  const late = setTimeout(() => reject(new Error(`no answer within ${msMax} ms`)), msMax);
  const stop = () => reject(new Error("stopped"));
  if (stopping?.aborted === true) stop();
  stopping?.addEventListener("abort", stop);
  try {
    return await Promise.race([answer, bound]);
  } finally {
    clearTimeout(late);
    stopping?.removeEventListener("abort", stop);
  }
}

function refused(detail: string): OutboundAnswer {
  return { kind: "refused", detail };
}

function failed(reason: "late" | "unreachable", detail: string): OutboundAnswer {
  return { kind: "failed", reason, detail };
}

/** IANA's special-purpose registries of IPv4 and IPv6: what is not globally reachable, multicast, and what carries an IPv4 address. */
const special = networksOf([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "::/96",
  "::ffff:0:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  // Beyond 2000::/3 nothing is given out to the public; what answers there is a network of somebody's own.
  "100::/8",
  "200::/7",
  "400::/6",
  "800::/5",
  "1000::/4",
  "4000::/2",
  "8000::/1",
]);

function isPublic(address: string): boolean {
  return isIP(address) !== 0 && !isIn(special, address);
}

/** Of an IPv4 address that is written as one of IPv6 (`::ffff:10.0.0.1`) the IPv4 networks decide: BlockList compares both. */
function isIn(networks: BlockList, address: string): boolean {
  const [bare = ""] = address.split("%");
  return networks.check(bare, isIP(bare) === 6 ? "ipv6" : "ipv4");
}

function networksOf(texts: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of texts) {
    const [address = "", bits = ""] = text.split("/");
    const kind = isIP(address);
    const most = kind === 6 ? 128 : 32;
    if (kind === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most)
      throw new Error(`${text} is no network: write one such as 127.0.0.1/32 or fd00::/8`);
    networks.addSubnet(address, Number(bits), kind === 6 ? "ipv6" : "ipv4");
  }
  return networks;
}
