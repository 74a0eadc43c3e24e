/** Where tracked events wait, as JSON texts, until the service has said what became of them. */
export interface Store {
  /** False: it is full, and has not taken the event. */
  put(text: string): boolean;
  /** The oldest events that wait, one at least; undefined where there is none. One taking at a time. */
  take(bounds: { readonly itemsMax: number; readonly bytesMax: number }): Promise<Held | undefined>;
  /** Events that are not settled, with those that an earlier run left. */
  waiting(): number;
  /** Resolves when what was put before is as safe as the store can make it. */
  kept(): Promise<void>;
  /** The same at once, for a process that is ending. */
  keepNow(): void;
  close(): Promise<void>;
}

/** Events that are on their way. */
export interface Held {
  readonly texts: readonly string[];
  /** They are settled, and forgotten. */
  done(): Promise<void>;
}
