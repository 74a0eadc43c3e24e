export { advanceClock, requestCut } from "./clock.ts";
export { type Deployment, deployment } from "./deployment.ts";
export { type Random, random } from "./demo/random.ts";
export { applyExample, monthBegin, traceScenario } from "./demo/scenario.ts";
export { stream, type Streamed } from "./demo/stream.ts";
export { readTraces, traceSubscribers } from "./demo/trace.ts";
export { type EnginePlace, withEngines } from "./engines.ts";
export { listInvoices } from "./invoices.ts";
export { readRunFile, type RunFile } from "./up/run-file.ts";
