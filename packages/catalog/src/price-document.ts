import type {
  AroundSpec,
  ChargeSpec,
  MatrixSpec,
  QuantitySpec,
  TimeWindowsSpec,
} from "@tallybook/pricing";
import type { Price } from "./facts.ts";

/** A price as a document writes it, with every field that its model has: the fields of its charge stand beside its own. */
export type PriceDocument = Omit<Price, "charge" | "around"> & ChargeDocument & Partial<AroundSpec>;

/** What a row or a window charges stands in it. */
export type ChargeDocument =
  | Exclude<ChargeSpec, MatrixSpec | TimeWindowsSpec>
  | (Omit<MatrixSpec, "rows" | "default_row"> & {
      readonly rows: readonly RowDocument[];
      readonly default_row: ChargeDocument | null;
    })
  | (Omit<TimeWindowsSpec, "windows"> & {
      readonly windows: readonly (Omit<TimeWindowsSpec["windows"][number], "charge"> &
        QuantitySpec)[];
    });

type RowDocument = Omit<MatrixSpec["rows"][number], "charge"> &
  Exclude<ChargeDocument, { readonly model: "matrix" }>;

export function priceDocument({ charge, around = null, ...price }: Price): PriceDocument {
  return { ...price, ...chargeDocument(charge), ...(around === null ? undefined : around) };
}

function chargeDocument(charge: ChargeSpec): ChargeDocument {
  if (charge.model === "matrix") {
    const { default_row } = charge;
    return {
      ...charge,
      // No row is a matrix, so that its dimensions are the row's.
      rows: charge.rows.map(
        ({ charge: inner, ...row }) =>
          ({ ...row, ...chargeDocument(inner), ...row }) as RowDocument,
      ),
      default_row: default_row === null ? null : chargeDocument(default_row),
    };
  }
  if (charge.model === "time_windows") {
    const windows = charge.windows.map(({ charge: inner, ...window }) => ({ ...window, ...inner }));
    return { ...charge, windows };
  }
  return charge;
}
