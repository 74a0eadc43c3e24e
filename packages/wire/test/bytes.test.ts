import type { HeadSigned } from "@tallybook/journal";
import { expect, test } from "vitest";

import { decode, encode } from "../src/index.ts";

test("bytes of a fact may be any Uint8Array, a part of a larger one too", () => {
  const head: HeadSigned = {
    kind: "HeadSigned",
    step: 0,
    cut: 0,
    cut_root: new Uint8Array(32),
    seq: -1,
    hash: Uint8Array.from([9, 1, 2, 3]).subarray(1),
    invoices_offset: 0,
    signature: Buffer.from("s"),
  };
  const read = decode(encode(head)) as HeadSigned;
  expect([...read.cut_root]).toEqual(Array.from({ length: 32 }, () => 0));
  expect([...read.hash]).toEqual([1, 2, 3]);
});
