import { Document, isCollection, isPair, isScalar, isSeq, type ScalarTag, visit } from "yaml";

const widthMax = 100;

/**
 * A document in YAML as people write it: what fits stands on one line, and numbers have no quotes. Whoever reads it as
 * `readDocument` does, with numbers as the text of the file, reads the same document.
 */
export function yamlText(document: unknown): string {
  const yaml = new Document(document, { version: "1.2", customTags: [plainNumber] });
  visit(yaml, {
    Scalar(_, node) {
      if (typeof node.value === "string" && isPlainNumber(node.value))
        node.value = new NumberText(node.value);
    },
  });
  visit(yaml, {
    Collection(_, node, path) {
      // Sections, their lists, and lists of things with fields stand in lines of their own.
      const depth = path.filter(isCollection).length;
      node.flow = depth >= 2 && !holdsTable(node) && flowWidth(node) <= widthMax - 2 * depth;
    },
  });
  return yaml.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** The digits of a number, which no float goes between. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const plainNumber: ScalarTag = {
  identify: (value) => value instanceof NumberText,
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^(?!)/,
  resolve: (text) => text,
  stringify: ({ value }) => (value as NumberText).text,
};

/** Such as stands the same whoever reads it. */
function isPlainNumber(text: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text);
}

/** A list whose items have fields, or something with such a list. */
function holdsTable(node: unknown): boolean {
  if (isPair(node)) return holdsTable(node.value);
  if (!isCollection(node)) return false;
  if (isSeq(node)) return node.items.some(isCollection);
  return node.items.some(holdsTable);
}

/** About how wide it is on one line. */
function flowWidth(node: unknown): number {
  if (isPair(node)) return flowWidth(node.key) + 2 + flowWidth(node.value);
  if (isCollection(node))
    return node.items.reduce<number>((sum, item) => sum + flowWidth(item) + 2, 2);
  const value = isScalar(node) ? node.value : "";
  return String(value instanceof NumberText ? value.text : value).length;
}
