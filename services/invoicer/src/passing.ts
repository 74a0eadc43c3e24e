import { billingsOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";

import type { Standing } from "./invoicer.ts";

/** How far the journal is invoiced, for who waits for it. */
export interface Passing {
  /** Told of each step that is wholly invoiced, in their order, those before a restart again. */
  passed(standing: Standing): void;
  /** Undefined until one was passed. */
  standing(): Standing | undefined;
  /**
   * The first step that has seen the fact at an offset of `catalog`, once it is wholly invoiced; undefined where that takes longer
   * than the bound.
   */
  stepThatSaw(catalogOffset: number, msMax: number): Promise<number | undefined>;
}

export function createPassing(): Passing {
  /** The first step of each catalog offset, which grow with the steps. */
  const firsts: { readonly step: number; readonly catalogOffset: number }[] = [];
  const waiting = new Set<() => void>();
  let standing: Standing | undefined;
  const stepSeen = (offset: number) =>
    firsts[firsts.findLastIndex(({ catalogOffset }) => catalogOffset <= offset) + 1]?.step;
  return {
    passed(next) {
      // A worker that is opened again reads the journal again.
      if (next.head.step < (standing?.head.step ?? -1)) return;
      standing = next;
      const { catalog_offset: catalogOffset } = next;
      if (catalogOffset > (firsts.at(-1)?.catalogOffset ?? -1))
        firsts.push({ step: next.head.step, catalogOffset });
      for (const wake of waiting) wake();
    },
    standing: () => standing,
    stepThatSaw(offset, msMax) {
      const seen = stepSeen(offset);
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve) => {
        const end = (step: number | undefined) => {
          clearTimeout(late);
          waiting.delete(wake);
          resolve(step);
        };
        const late = setTimeout(() => end(undefined), msMax);
        function wake(): void {
          const step = stepSeen(offset);
          if (step !== undefined) end(step);
        }
        waiting.add(wake);
      });
    },
  };
}

const listMsMax = 10_000;

/** Waits until what a tenant has asked to be billed is there, ten seconds at most unless given; false where it is not there yet. */
export function billedIn({
  catalog,
  passing,
  msMax = listMsMax,
}: {
  readonly catalog: () => Catalog;
  readonly passing: Passing;
  readonly msMax?: number;
}): (tenant: string) => Promise<boolean> {
  return async (tenant) => {
    const last = billingsOf(catalog(), tenant).at(-1);
    return last === undefined || (await passing.stepThatSaw(last.offset, msMax)) !== undefined;
  };
}
