export { type Access, createAccess } from "./access.ts";
export { type Env, type EnvReader, readEnv, UnfitEnvironment } from "./env.ts";
export { type Failpoint, failpointNames, failpoints } from "./failpoint-names.ts";
export { type CommandDescription, Contents, described, type Description } from "./described.ts";
export { createFailpoints, Hung } from "./failpoints.ts";
export { addHealthRoutes, type Check, type Notice } from "./health.ts";
export {
  createHttpServer,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
  type HttpServerOptions,
  listen,
} from "./http-server.ts";
export {
  about,
  decimal,
  decimalText,
  idText,
  input,
  type JsonSchema,
  listOf,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
  wholeInput,
  yesOrNo,
} from "./json-schema.ts";
export { createLogger, type Fields, type Logger } from "./logger.ts";
export { type Counter, createMetrics, type Gauge, type Labels, type Metrics } from "./metrics.ts";
export { mergeOpenApi, type OpenApi, openApiOf } from "./openapi.ts";
export {
  type Filter,
  filterOf,
  filterQuery,
  type Filters,
  flagFilter,
  optionFilter,
  refuseOthers,
  textFilter,
} from "./filters.ts";
export {
  createOutbound,
  type Outbound,
  type OutboundAnswer,
  type OutboundRequest,
  type Resolve,
} from "./outbound.ts";
export {
  linkNext,
  nextPage,
  type Page,
  pageOf,
  pagingQuery,
  queryText,
  queryWhole,
  unfit,
} from "./paging.ts";
export { Problem, type ProblemDetails } from "./problem.ts";
export { type Route, routesOf } from "./routes.ts";
export { run, type Scope, untilStopped } from "./run.ts";
export {
  type Instance,
  partitionsOf,
  readColumns,
  readHost,
  readInstance,
  readKafka,
  readPartitions,
} from "./shared-env.ts";
export { readSigningKey, type SigningKey } from "./signing-key.ts";
export { type Activity, becomeActive, refuseUnlessActive } from "./stand-by.ts";
export { createPulse, type Pulse, Stalled, type WatchLimits, withSigns } from "./watchdog.ts";
export { runWorkers, type Worker } from "./workers.ts";
