export type * from "./catalog.ts";
export { createClient } from "./client.ts";
export type { Client } from "./client.ts";
export type { Reporter, ReporterOptions } from "./reporter.ts";
export { ApiProblem, Unanswered } from "./request.ts";
export type { ClientOptions, FieldProblem } from "./request.ts";
export type * from "./usage.ts";
