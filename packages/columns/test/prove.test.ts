import { createProver } from "@tallybook/columns";
import type { CutCounts, Marks, PlaceMark } from "@tallybook/columns";
import type { PartCompared } from "@tallybook/usage";
import { expect, test } from "vitest";

const partition = 2;
const wanted: CutCounts = { usage_events: 3, measurements: 3, rollups: 1, usage_live: 3 };

/** A span whose parts all have three events; digests are told as they are in the log, counts as they are given. */
function stage() {
  const counts = new Map<number, CutCounts>([0, 1, 2].map((cut) => [cut, wanted]));
  const digested: string[] = [];
  let block = 1;
  const prove = createProver({
    async readMarks(): Promise<Marks> {
      const mark = { uuid: "a", blockMin: 1, blockMax: block, mutation: 0, rows: block };
      const place: PlaceMark = { span: 0, partition, tables: { usage_events: mark } };
      return { startedAt: 0, isWhole: true, places: [place], mutations: [] };
    },
    readCounts: async () => counts,
    async readControls({ cutMin, cutMax }) {
      digested.push(`${cutMin}-${cutMax}`);
      return [0, 1, 2]
        .filter((cut) => cut >= cutMin && cut <= cutMax)
        .flatMap((cut) => part(cut).tenants.map((tenant) => ({ ...tenant, cut, partition })));
    },
  });
  return { prove, counts, digested, grow: () => (block += 1) };
}

function part(cut: number): PartCompared {
  const digest = Buffer.alloc(32, cut);
  return {
    kind: "PartCompared",
    cut,
    partition,
    end_offset: 0,
    raw_end_offset: 0,
    repair: 0,
    digest,
    merkle_root: null,
    tenants: [
      {
        tenant: "t",
        accepted: 3,
        measured: 3,
        without_meter: 0,
        unmeasurable: 0,
        events_digest: digest,
        measurements: 3,
        measurements_digest: digest,
        rollups: 1,
        rollups_digest: digest,
        quantities: [],
      },
    ],
  };
}

test("where rows came in, only what was never proven is digested", async () => {
  const { prove, digested, grow } = stage();
  expect(await prove([part(0), part(1)])).toEqual({ ok: true });
  grow();
  expect(await prove([part(2)])).toEqual({ ok: true });
  grow();
  expect(await prove([part(0), part(1), part(2)])).toEqual({ ok: true });
  expect(digested).toEqual(["0-1", "2-2"]);
});

test("where the rows of what was proven are others in number, all is digested again", async () => {
  for (const usage_events of [2, 4]) {
    const { prove, counts, digested, grow } = stage();
    await prove([part(0), part(1)]);
    grow();
    counts.set(1, { ...wanted, usage_events });
    await prove([part(0), part(1)]);
    expect(digested).toEqual(["0-1", "0-1"]);
  }
});
