import type { EventContext, EventRead } from "../event.ts";
import type { UsageReported } from "../facts.ts";
import type { Json } from "../json.ts";
import type { Mapping } from "./mapping.ts";
import type { DoorRequest } from "./request.ts";

/**
 * A front door: the form in which some clients already send usage. Nothing here looks at a clock, a network or a store, so
 * that whoever asks what a captured request would become gets what the door itself makes of it.
 */
export interface Door extends ItemForm {
  /** What clients send here, in a few words. */
  readonly summary: string;
  /** The media types that it reads, by path: requests are told apart by them first. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  /** Of one body, decompressed. */
  readonly bodyBytesMax: number;
  /** What of a tenant's mapping it reads; nothing unless given. */
  readonly maps?: readonly (keyof Mapping)[];
  /** The door whose mapping it reads; its own unless given. */
  readonly mappedAs?: string;
  /** Whether a request of its path is for it whatever its media type is; no unless given. */
  claims?(request: DoorRequest): boolean;
  /** The items of a request's body; null where it is for another door of the same path. */
  split(request: DoorRequest): Split | null;
  /** The form of one item, where several come in at one door; its own unless given. */
  formOf?(item: Json): ItemForm;
  /**
   * The body that items with this in it would make, without what nobody may keep of them. Where a door has it, nothing of a
   * body that cannot be read is kept either.
   */
  reduced?(items: readonly Item[]): { readonly type: string; readonly body: Uint8Array };
  /** Each request has an `Idempotency-Key`: one that comes without is given one of its own. */
  readonly needsKey?: boolean;
  /** The body of an answer with 4xx or 5xx, where a client reads it; problem details unless given. */
  failure?(failed: Failed): object;
  /** The request that sends one refused item again, by its bytes as they were kept; nobody can where it is not given. */
  again?(item: string): Again;
  /** What a client takes for success, when at least one item was taken; the others are rejected with a reason. */
  success(taken: readonly Taken[], isMany: boolean): Answer;
}

/** How one item is read. */
export interface ItemForm {
  /** As it is noted with each event, for ever. */
  readonly name: string;
  /** The event that an item becomes, or what is wrong with it. */
  read(item: Json, context: DoorContext): EventRead;
  /** What a field of our own event is called here: what is wrong is said of the client's field. */
  fieldOf(field: string): string;
}

/** What ingest knows when an item is read. */
export interface DoorContext extends EventContext {
  readonly mapping: Mapping;
  /** The customer of a subscription; undefined where there is no such subscription. */
  readonly ownerOf: (subscription: string) => string | undefined;
}

export interface Fault {
  readonly field: string | null;
  readonly reason: string;
  readonly detail: string;
}

/** Which item of a request: `line` where each has one of its own, from 1. */
export interface Place {
  readonly index: number;
  readonly line?: number;
}

/** A part of a body that is an event, or should be one. */
export interface Item extends Place {
  /** What it holds, or why that cannot be read. */
  readonly read: { readonly ok: true; readonly value: Json } | ({ readonly ok: false } & Fault);
  /** Its id, where only that can be read. */
  readonly id?: string;
  /** Its bytes as they came: what is kept of a refused one. */
  readonly source: () => Uint8Array;
}

/** Too many items are not kept: the client can split them. */
export type Split =
  | { readonly kind: "items"; readonly items: readonly Item[]; readonly isMany: boolean }
  | { readonly kind: "unreadable"; readonly fault: Fault }
  | { readonly kind: "too_many"; readonly count: number }
  | { readonly kind: "unsupported"; readonly detail: string };

/** What became of an item. */
export type Taken = {
  readonly item: Item;
  readonly form: ItemForm;
} & (
  | { readonly ok: true; readonly event: UsageReported }
  | { readonly ok: false; readonly fault: Fault }
);

/** Why a request is not taken; `field` and `reason` where something in it is at fault. */
export interface Failed {
  readonly status: number;
  readonly detail: string;
  readonly field?: string | null;
  readonly reason?: string;
}

/** A request that sends something again. */
export interface Again {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** Of an answer with 2xx: `body` is written as JSON; null is no body at all. */
export interface Answer {
  readonly status: number;
  readonly body: object | null;
}

/** Of one request. */
export const batchItemsMax = 10_000;
/** Of a body at most doors, decompressed. */
export const usualBodyBytesMax = 8 * 1024 * 1024;
