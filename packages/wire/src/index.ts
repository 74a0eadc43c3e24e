export { decode, encode, Undecodable } from "./frame.ts";
export type { Fact, FactOf } from "./frame.ts";
export { readRaw, undecided } from "./raw.ts";
export type { Unreadable } from "./raw.ts";
export { schemaOf, schemas } from "./schemas.ts";
export type { Schema } from "./schemas.ts";
export { topics, topicSpecs } from "./topics.ts";
export type { TopicName } from "./topics.ts";
