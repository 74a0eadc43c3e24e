import { readAcknowledged, type Acknowledged } from "./acknowledged.ts";
import type { SpoolFiles } from "./files.ts";
import { readSegmentName, scanSegment, type Damage, type SegmentName } from "./segment.ts";

/** A segment that is no longer written to. */
export interface Sealed {
  readonly file: string;
  readonly name: SegmentName;
  /** Bytes that count; what may follow them was never acknowledged. */
  readonly bytes: number;
  /** Records that are readable. */
  readonly records: number;
  readonly damages: readonly SpoolDamage[];
}

/** What was acknowledged and cannot be read any more. */
export interface SpoolDamage {
  readonly file: string;
  /** In the file; `to` is exclusive. Empty at 0: the whole file cannot be read. */
  readonly bytes: Damage;
  /** How many records these bytes held, as far as it can be told: at least 1. */
  readonly records: number;
}

export interface Inspected {
  /** In the order in which they are drained. */
  readonly segments: readonly Sealed[];
  /** Files that were set aside by an earlier run. */
  readonly aside: readonly Sealed[];
  /** Ends of files that a crash left half written, and that were cut off: nobody was told that they are kept. */
  readonly torn: readonly SpoolDamage[];
  /** Numbers of segments up to this one are taken. */
  readonly numberMax: number;
  readonly acknowledged: Acknowledged | undefined;
}

const asideSuffix = ".damaged";

/** The name under which a damaged segment stays. */
export function asideName(file: string): string {
  return file + asideSuffix;
}

/** Reads every segment that an earlier run left, cuts off what is torn, and names what is damaged. */
export async function inspectSpool(files: SpoolFiles): Promise<Inspected> {
  const acknowledged = await readAcknowledged(files);
  const found: { file: string; name: SegmentName; isAside: boolean }[] = [];
  for (const { name: file } of await files.list()) {
    const isAside = file.endsWith(asideSuffix);
    const name = readSegmentName(isAside ? file.slice(0, -asideSuffix.length) : file);
    if (name !== undefined) found.push({ file, name, isAside });
  }
  found.sort((one, other) => one.name.number - other.name.number);
  const segments: Sealed[] = [];
  const aside: Sealed[] = [];
  const torn: SpoolDamage[] = [];
  for (const [at, { file, name, isAside }] of found.entries()) {
    const bytes = await files.read(file).catch(() => undefined);
    if (bytes === undefined) {
      (isAside ? aside : segments).push({ file, name, bytes: 0, records: 0, damages: [all(file)] });
      continue;
    }
    const next = found[at + 1]?.name;
    const seen = inspectSegment({ file, name, bytes }, acknowledged, next);
    if (isAside) {
      // Whatever it was for: a person has not removed it yet.
      const damages = seen.sealed.damages.length === 0 ? [all(file)] : seen.sealed.damages;
      aside.push({ ...seen.sealed, damages });
      continue;
    }
    if (seen.torn !== undefined) {
      // It does not count in any case: a disk that fails now shall not keep the door shut.
      await files.truncate(file, seen.torn.bytes.from).catch(() => {});
      torn.push(seen.torn);
    }
    if (seen.sealed.bytes > 0 || seen.sealed.damages.length > 0) segments.push(seen.sealed);
    else await files.remove(file).catch(() => {});
  }
  const numberMax = Math.max(acknowledged?.segment ?? 0, found.at(-1)?.name.number ?? 0);
  return { segments, aside, torn, numberMax, acknowledged };
}

/** Of a file that cannot be read, or of which the damage is no longer known. */
export function all(file: string): SpoolDamage {
  return { file, bytes: { from: 0, to: 0 }, records: 1 };
}

/** What a segment holds; `next` is the one that was begun after it. */
export function inspectSegment(
  { file, name, bytes }: { file: string; name: SegmentName; bytes: Buffer },
  acknowledged: Acknowledged | undefined,
  next: SegmentName | undefined,
): { readonly sealed: Sealed; readonly torn: SpoolDamage | undefined } {
  const { frames, damages } = scanSegment(name.salt, bytes);
  const known = acknowledgedOf(name, bytes.length, acknowledged);
  const last = damages.at(-1);
  const isTorn = last !== undefined && last.to === bytes.length && last.from >= known;
  const ofFile = (damage: Damage): SpoolDamage => ({
    file,
    bytes: damage,
    records: recordsIn(damage, frames, next && next.firstRecord - name.firstRecord),
  });
  const faults = (isTorn ? damages.slice(0, -1) : [...damages]).map(ofFile);
  // Bytes that were acknowledged and are not there at all.
  if (known > bytes.length) faults.push(ofFile({ from: bytes.length, to: known }));
  const end = (frames.at(-1)?.index ?? -1) + 1;
  const missing = next === undefined ? 0 : next.firstRecord - name.firstRecord - end;
  if (missing > 0 && faults.length === 0) {
    const from = isTorn ? last.from : bytes.length;
    faults.push({ file, bytes: { from, to: from }, records: missing });
  }
  const torn = isTorn ? ofFile(last) : undefined;
  const kept = isTorn ? last.from : bytes.length;
  return {
    sealed: { file, name, bytes: kept, records: frames.length, damages: faults },
    torn,
  };
}

/** How many bytes of a segment may have been acknowledged. Where that is not known, all that are there. */
function acknowledgedOf(
  name: SegmentName,
  bytes: number,
  acknowledged: Acknowledged | undefined,
): number {
  if (acknowledged === undefined || name.number < acknowledged.segment) return bytes;
  return name.number === acknowledged.segment ? acknowledged.bytes : 0;
}

function recordsIn(
  damage: Damage,
  frames: readonly { readonly index: number; readonly from: number }[],
  endIndex: number | undefined,
): number {
  const before = frames.findLast(({ from }) => from < damage.from)?.index ?? -1;
  const after = frames.find(({ from }) => from >= damage.to)?.index ?? endIndex ?? before + 2;
  return Math.max(1, after - before - 1);
}
