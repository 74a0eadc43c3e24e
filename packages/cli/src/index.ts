export { advanceClock, requestCut } from "./clock.ts";
export { type Deployment, deployment } from "./deployment.ts";
export { type Random, random } from "./demo/random.ts";
export {
  applyExample,
  monthBegin,
  type PlatformOutcome,
  platformScenario,
  traceScenario,
} from "./demo/scenario.ts";
export { stream, type Streamed } from "./demo/stream.ts";
export { readTraces, traceSubscribers } from "./demo/trace.ts";
export { readDocument } from "./document.ts";
export { type EnginePlace, withEngines } from "./engines.ts";
export { invoiceText, listDrafts, listInvoices } from "./invoices.ts";
export { type Column, table } from "./table.ts";
export { readRunFile, type RunFile } from "./up/run-file.ts";
export { type ServiceName, serviceNames } from "./up/services.ts";
export { dialects, writeExport } from "./journal-export/write.ts";
