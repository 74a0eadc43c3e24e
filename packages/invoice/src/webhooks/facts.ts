import type { WebhookType } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";

/** Something that an endpoint is to be told: what the fact at an offset of `invoices` says. */
export interface QueuedMessage {
  /** Of the fact, on `invoices`. */
  readonly offset: number;
  readonly type: WebhookType;
  /** Id of the invoice, or of the payment: messages about the same one are sent in the order of their facts, one at a time. */
  readonly object: string;
}

/** Facts of `invoices` below an offset are looked at; these are to be told. */
export interface WebhooksQueued {
  readonly kind: "WebhooksQueued";
  /** Offset on `invoices` behind the last fact that was looked at. */
  readonly until: number;
  readonly messages: readonly (QueuedMessage & {
    readonly tenant: string;
    readonly endpoint: string;
  })[];
}

/**
 * `delivered`: the receiver answered with 2xx. `failed`: it is sent again. `dead`: it is not, unless somebody asks. `gone`: the receiver
 * answered 410, and nothing is sent to this version of its endpoint any more.
 */
export type AttemptOutcome = "delivered" | "failed" | "dead" | "gone";

/** A message was sent, and this came of it. The same id is sent again until one is delivered, also where this was not written any more. */
export interface WebhookAttempted {
  readonly kind: "WebhookAttempted";
  readonly tenant: string;
  readonly endpoint: string;
  /** Of the endpoint that it was sent to. */
  readonly version: number;
  /** Of the fact, on `invoices`. */
  readonly offset: number;
  /** From 1; from 1 again where somebody asked for it to be sent again. */
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null;
  /** Why it was not delivered; empty where it was. */
  readonly detail: string;
  /** The wall clock's. */
  readonly attempted_at: Micros;
  /** failed: when it is sent again, by the wall clock; null otherwise. */
  readonly next_at: Micros | null;
}

/** Messages are sent again because somebody asked, also such as were never queued. */
export interface WebhooksReplayed {
  readonly kind: "WebhooksReplayed";
  readonly tenant: string;
  readonly endpoint: string;
  readonly messages: readonly QueuedMessage[];
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The wall clock's. */
  readonly requested_at: Micros;
}

/** A secret was made and shown, once. It is made again of the deployment's key, and is in no fact. */
export interface WebhookSecretIssued {
  readonly kind: "WebhookSecretIssued";
  readonly tenant: string;
  readonly endpoint: string;
  /** From 1. */
  readonly number: number;
  /** First 8 bytes of the SHA-256 of its bytes: that it is made again as it was. */
  readonly fingerprint: Uint8Array;
  /** Until when the secret before it signs as well; null for the first. By the wall clock. */
  readonly previous_until: Micros | null;
  /** Id of the API key that asked. */
  readonly actor: string;
  /** The wall clock's. */
  readonly issued_at: Micros;
}

/** What the topic `webhooks` carries. */
export type WebhooksFact =
  | WebhooksQueued
  | WebhookAttempted
  | WebhooksReplayed
  | WebhookSecretIssued;
