import { debianPrograms } from "./debian.ts";

/** Somebody else's reader of PDF. */
export interface Poppler {
  /** The text of a page, or of all, in the order in which it was written. */
  text(file: string, page?: number): Promise<string>;
  info(file: string): Promise<{ title: string; created: string; pages: number }>;
}

/** Downloads it once; see `debianPrograms`. */
export async function poppler(): Promise<Poppler> {
  const programs = await debianPrograms(["poppler-utils"], ["pdftotext", "pdfinfo"]);
  async function said(program: string, args: readonly string[]): Promise<string> {
    const { code, said: out } = await programs.run(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${out}`);
    return out;
  }
  return {
    text(file, page) {
      const range = page === undefined ? [] : ["-f", String(page), "-l", String(page)];
      return said("pdftotext", ["-raw", ...range, file, "-"]);
    },
    async info(file) {
      const out = await said("pdfinfo", ["-isodates", file]);
      const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(out)?.[1] ?? "";
      return {
        title: field("Title"),
        created: field("CreationDate").replace(/\+00(:00)?$/, "Z"),
        pages: Number(field("Pages")),
      };
    },
  };
}
