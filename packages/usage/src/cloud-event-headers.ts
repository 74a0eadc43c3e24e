import type { Unreadable } from "./event.ts";

const prefix = "ce-";
const required = ["ce-specversion", "ce-id", "ce-source", "ce-type"];

/** Header values by name in lower case, one for each time that the header was sent. */
export type HeaderValues = Readonly<Record<string, readonly string[] | undefined>>;

/** Whether headers carry a CloudEvent, whole or not: at least one of the attributes is there that it must have. */
export function isInHeaders(headers: Readonly<Record<string, unknown>>): boolean {
  return required.some((name) => headers[name] !== undefined);
}

/**
 * The attributes of a CloudEvent in binary mode: a quoted string without its quotes, then percent-decoded once.
 *
 * Source: CloudEvents 1.0.2, HTTP protocol binding, 3.1.3.2.
 */
export function readAttributes(
  headers: HeaderValues,
): { readonly ok: true; readonly attributes: ReadonlyMap<string, string> } | Unreadable {
  const attributes = new Map<string, string>();
  for (const [header, values = []] of Object.entries(headers)) {
    if (!header.startsWith(prefix)) continue;
    const name = header.slice(prefix.length);
    if (name === "data") return malformed(name, "unknown_field", "is the body, and no attribute");
    const [value = "", ...more] = values;
    if (more.length > 0) return malformed(name, "repeated", "is sent more than once");
    const text = valueOf(value);
    if (text === undefined) {
      const detail = "is no header value: what is not printable ASCII, and %, are percent-encoded";
      return malformed(name, "malformed", detail);
    }
    // It says how the attribute itself travels: as Content-Type.
    if (name !== "datacontenttype") attributes.set(name, text);
  }
  return { ok: true, attributes };
}

function valueOf(value: string): string | undefined {
  const quoted = /^"(?:[^"\\]|\\.)*"$/.test(value);
  const text = quoted ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value;
  if (!/^[\u0020-\u007e\t]*$/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function malformed(field: string, reason: string, detail: string): Unreadable {
  return { ok: false, field: field.slice(0, 300), reason, detail };
}
