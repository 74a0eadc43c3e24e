export { advanceClock, requestCut } from "./clock.ts";
export { type Deployment, deployment } from "./deployment.ts";
export { platformMonth } from "./demo/platform.ts";
export { type Random, random } from "./demo/random.ts";
export { stream, type Streamed } from "./demo/stream.ts";
export { readTraces, traceSubscribers } from "./demo/trace.ts";
export { readRunFile, type RunFile } from "./up/run-file.ts";
