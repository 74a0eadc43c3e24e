import type { FastifyInstance } from "fastify";
import type { CommandDescription, Description } from "./described.ts";

/** A route that a server has. */
export interface Route {
  readonly method: string;
  /** With its parameters as `:name`. */
  readonly url: string;
  /** Whose keys are let in; none where no key is asked for. */
  readonly roles: readonly string[];
  readonly description: Description | undefined;
}

const routesByServer = new WeakMap<FastifyInstance, Route[]>();

/** Notes every route that is added from now on. */
export function noteRoutes(server: FastifyInstance): void {
  const routes: Route[] = [];
  routesByServer.set(server, routes);
  server.addHook("onRoute", ({ method, url, config, onRequest }) => {
    const roles = [onRequest].flat().flatMap((hook) => rolesOf(hook));
    for (const each of [method].flat()) {
      // It comes with every GET.
      if (each === "HEAD") continue;
      const description = config?.description;
      routes.push({
        method: each,
        url,
        roles,
        description:
          description && config?.command && each !== "GET"
            ? withCommand(description, config.command)
            : description,
      });
    }
  });
}

function withCommand(of: Description, { headers, problems = [] }: CommandDescription): Description {
  return {
    ...of,
    headers: { ...of.headers, ...headers },
    problems: [...(of.problems ?? []), ...problems],
  };
}

/** In the order in which they were added. */
export function routesOf(server: FastifyInstance): readonly Route[] {
  return routesByServer.get(server) ?? [];
}

/** The methods that are answered at a path; empty where none is. */
export function methodsAt(server: FastifyInstance, path: string): string[] {
  const found = routesOf(server).filter(({ url }) => isAt(url, path));
  return [...new Set(found.map(({ method }) => method))];
}

/** Marks a hook with whom it lets in, so that the document says what the door does. */
export function withRoles<Hook extends object>(hook: Hook, roles: readonly string[]): Hook {
  return Object.assign(hook, { [rolesMark]: roles });
}

const rolesMark = Symbol("roles");

function rolesOf(hook: unknown): readonly string[] {
  if (typeof hook !== "function") return [];
  return (hook as { readonly [rolesMark]?: readonly string[] })[rolesMark] ?? [];
}

function isAt(url: string, path: string): boolean {
  const wanted = url.split("/");
  const given = path.replace(/\/$/, "").split("/");
  if (wanted.at(-1) === "*") return wanted.slice(0, -1).every((part, at) => part === given[at]);
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => (part.startsWith(":") ? given[at] !== "" : part === given[at]))
  );
}
