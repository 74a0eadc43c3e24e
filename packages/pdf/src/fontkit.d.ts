/** What we use of it. */
declare module "fontkit" {
  /** Throws where the file is no font. */
  export function openSync(file: string): {
    /** Code points that it has signs for. */
    readonly characterSet: readonly number[];
  };
}
