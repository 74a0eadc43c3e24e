import type { JsonSchema } from "./json-schema.ts";

/** What the document says of a route. Problems that follow from it, such as 401 where a key is asked for, stand there by themselves. */
export interface Description {
  /** What it does, in a few words. */
  readonly summary: string;
  /** Further sentences. */
  readonly about?: string;
  /** Under which heading it stands. */
  readonly tag: string;
  readonly query?: Readonly<Record<string, JsonSchema>>;
  /** Of the query: what has to be given. */
  readonly needed?: readonly string[];
  readonly headers?: Readonly<Record<string, JsonSchema>>;
  /** As JSON, or by content type. */
  readonly body?: JsonSchema | Contents;
  /** By status. As JSON, or by content type; null: without a body. */
  readonly answers: Readonly<Record<number, JsonSchema | Contents | null>>;
  /** Statuses of problems besides those that follow from the rest. */
  readonly problems?: readonly number[];
  /** Answers that are no problem+json, such as a registry's own errors: nothing is added to `answers`. */
  readonly ownErrors?: boolean;
}

/** Schemas by content type. */
export class Contents {
  readonly byType: Readonly<Record<string, JsonSchema>>;

  constructor(byType: Readonly<Record<string, JsonSchema>>) {
    this.byType = byType;
  }
}

/** What the document says of every route with the same hooks that changes something. */
export type CommandDescription = Pick<Description, "headers" | "problems">;

declare module "fastify" {
  interface FastifyContextConfig {
    readonly description?: Description;
    readonly command?: CommandDescription;
  }
}

/**
 * The options of a route with what the document says of it: `server.get(path, described(readers, { … }), handler)`.
 * Nothing is checked by these schemas: a body stays the bytes that its own reader reads.
 */
export function described<Options extends object>(
  options: Options,
  description: Description,
): Options & { readonly config: { readonly description: Description } } {
  const { config } = options as { readonly config?: object };
  return { ...options, config: { ...config, description } };
}
