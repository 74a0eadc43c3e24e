import { type Document, LineCounter, parseDocument, visit } from "yaml";
import { Failure } from "./failure.ts";

/** A catalog document read from YAML or JSON. */
export type SourceDocument = {
  /** As the API takes it: every number is the text that the file has, so that none goes through a float. */
  readonly json: unknown;
  /** The line of a field like `plans[0].prices[1].tiers`, or of the nearest thing around it. */
  lineOf(field: string): number | undefined;
};

/** Reads a document; throws a failure that names the line of each syntax error. */
export function readDocument(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2" });
  if (document.errors.length > 0) {
    const faults = document.errors.map(
      (error) => `${file}:${lines.linePos(error.pos[0]).line}: ${error.message.split("\n", 1)[0]}`,
    );
    throw new Failure(faults.join("\n"));
  }
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "number" || typeof node.value === "bigint") {
        node.value = node.source ?? String(node.value);
      }
    },
  });
  return {
    json: plainOf(document, file),
    lineOf(field) {
      for (let path = fieldPath(field); path.length > 0; path = path.slice(0, -1)) {
        const node = document.getIn(path, true) as
          | { range?: readonly [number, ...number[]] }
          | undefined;
        const start = node?.range?.[0];
        if (start !== undefined) return lines.linePos(start).line;
      }
      return undefined;
    },
  };
}

/** Aliases may repeat what stands elsewhere, but not hold themselves, nor grow without bound. */
function plainOf(document: Document, file: string): unknown {
  try {
    const json: unknown = document.toJS({ maxAliasCount: 100 });
    JSON.stringify(json);
    return json;
  } catch (error) {
    const [what] = (error as Error).message.split("\n", 1);
    throw new Failure(`${file}: its aliases cannot be followed: ${what}`);
  }
}

/** `plans[0].prices` → plans, 0, prices. */
function fieldPath(field: string): (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? "") : Number(index),
  );
}
