export { startTestEngines, type TestEngines } from "./engines.ts";
export { cent, dollar, graduated, type PlainRate, volume } from "./plain-rates.ts";
export { type SharedEngines, type StackOptions, startStack, type TestStack } from "./stack.ts";
export { type ExpectedInvoice, expectedInvoices } from "./trace-oracle.ts";
export { type Traces, traces, writeTraces } from "./traces.ts";
