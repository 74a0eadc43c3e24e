export { openCloser } from "./closer.ts";
export type { CloserOptions } from "./closer.ts";
export { emptyView, evolveView, fillOrders, meterOf, metersBelow } from "./meters.ts";
export type { CatalogView } from "./meters.ts";
export { createSpools } from "./spools.ts";
export { openSink } from "./sink.ts";
export type { SinkOptions } from "./sink.ts";
export { addUsageRoutes } from "./usage/routes.ts";
