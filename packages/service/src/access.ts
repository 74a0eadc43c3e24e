import { hash } from "node:crypto";
import type { HttpRequest } from "./http-server.ts";
import { Problem } from "./problem.ts";
import { withRoles } from "./routes.ts";

/** Lets in who may use a route, and knows afterwards who it was. */
export type Access<Caller> = {
  /** A hook of a route, before its body is read: 401 for no key or an unknown one, 403 for another role. */
  allow(...roles: readonly string[]): (request: HttpRequest) => Promise<void>;
  /** Who was let in. Throws on a route without the hook. */
  callerOf(request: HttpRequest): Caller;
};

/**
 * `lookup` finds the holder of a key by its SHA-256, hex; a key that says more than a key does is given as it is, too, and
 * kept nowhere. `basic`: the password of `Authorization: Basic` is a key as well, as some clients send theirs.
 */
export function createAccess<Caller extends { readonly role: string }>(
  lookup: (sha256Hex: string, key: string) => Caller | undefined,
  { basic = false }: { readonly basic?: boolean } = {},
): Access<Caller> {
  const callers = new WeakMap<HttpRequest, Caller>();
  return {
    allow: (...roles) =>
      withRoles(async function checkKey(request: HttpRequest) {
        const key = keyOf(request) ?? (basic ? passwordOf(request) : undefined);
        if (key === undefined) {
          throw unauthorized("Send an API key: `Authorization: Bearer KEY` or `X-API-Key: KEY`.");
        }
        const caller = lookup(hash("sha256", key, "hex"), key);
        if (caller === undefined) throw unauthorized("The API key is unknown or revoked.");
        if (!roles.includes(caller.role)) {
          const detail = `A key of the role ${caller.role} may not do this; it takes ${roles.join(" or ")}.`;
          throw new Problem({ status: 403, title: "Forbidden", detail });
        }
        callers.set(request, caller);
      }, roles),
    callerOf(request) {
      const caller = callers.get(request);
      if (caller === undefined)
        throw new Error(`${request.url} is served without asking who calls`);
      return caller;
    },
  };
}

function keyOf({ headers }: HttpRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const own = headers["x-api-key"];
  return typeof own === "string" && own !== "" ? own : undefined;
}

function passwordOf({ headers }: HttpRequest): string | undefined {
  const [, encoded = ""] = /^Basic +([\w+/=]+) *$/i.exec(headers.authorization ?? "") ?? [];
  const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  return password === "" ? undefined : password;
}

function unauthorized(detail: string): Problem {
  return new Problem({
    status: 401,
    title: "Unauthorized",
    detail,
    headers: { "www-authenticate": "Bearer" },
  });
}
