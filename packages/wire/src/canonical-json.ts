import { canonicalJson } from "@tallybook/usage";
import type { Json } from "@tallybook/usage";
import avsc from "avsc";

/**
 * A logical type of ours over Avro's `string`: canonical JSON (RFC 8785), for what nests by itself and would be a union of
 * unions in Avro. Who does not know it reads the text.
 */
export class CanonicalJsonType extends avsc.types.LogicalType {
  protected override _fromValue(text: string): unknown {
    return JSON.parse(text);
  }

  protected override _toValue(json: unknown): string | undefined {
    const isJson = typeof json === "object" && json !== null;
    return isJson ? canonicalJson(json as Json) : undefined;
  }

  protected override _resolve(writer: avsc.Type): ((json: unknown) => unknown) | undefined {
    return writer instanceof CanonicalJsonType ? (json) => json : undefined;
  }
}
