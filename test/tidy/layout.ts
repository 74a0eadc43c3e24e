/** The domain, in the order of its arrows: each may import those before it. */
export const domain: readonly string[] = [
  "money",
  "periods",
  "usage",
  "credits",
  "pricing",
  "catalog",
  "journal",
  "books",
  "invoice",
].map((name) => `@tallybook/${name}`);

/** The one package that may import a vendor's library, by library. */
export const ownerByVendor: Readonly<Record<string, string>> = {
  avsc: "@tallybook/wire",
  kafkajs: "@tallybook/log",
  "@clickhouse/client": "@tallybook/columns",
  "decimal.js": "@tallybook/money",
  fastify: "@tallybook/service",
  lmdb: "@tallybook/service-deduper",
  yaml: "@tallybook/cli",
  "hyparquet-writer": "@tallybook/cli",
  stripe: "@tallybook/stripe",
  pdfkit: "@tallybook/pdf",
  fontkit: "@tallybook/pdf",
  chdb: "@tallybook/local",
  "ffi-rs": "@tallybook/local",
  testcontainers: "@tallybook/testkit",
  "@testcontainers/kafka": "@tallybook/testkit",
  "@testcontainers/clickhouse": "@tallybook/testkit",
};

/** Node's own modules that the domain may use: hashes and signatures are functions of their input. */
export const pureModules: ReadonlySet<string> = new Set(["node:crypto"]);

/** The tools of the root package, for whatever is not `src`. */
export const testTools: ReadonlySet<string> = new Set(["vitest", "fast-check"]);

/** Packages whose numbers are money. */
export const ofMoney: ReadonlySet<string> = new Set(
  ["money", "credits", "pricing", "journal", "books", "invoice"].map(
    (name) => `@tallybook/${name}`,
  ),
);

/** The one file of the domain that reads the runtime's tables of time zones. */
export const zoneTables = "packages/periods/src/iana.ts";

export const linesMax = 400;
