/** What we use of it. */
declare module "fontkit" {
  /** Throws where the bytes are no font. */
  export function create(bytes: Uint8Array): {
    /** Code points that it has signs for. */
    readonly characterSet: readonly number[];
  };
}
