export { backfillFor, doorOfTheOld, isInRange, rangedClaim, rangeKey } from "./backfill.ts";
export type { Backfill } from "./backfill.ts";
export { isSigned, readPublicKey, signBarrier } from "./barrier.ts";
export { canonicalBytes, contentHash, leafHash } from "./canonical.ts";
export type { EventContent } from "./canonical.ts";
export {
  checkReported,
  idBytesMax,
  nameBytesMax,
  propertiesBytesMax,
  propertiesMax,
  propertyBytesMax,
  tenantNamed,
} from "./check.ts";
export type { FieldFault } from "./check.ts";
export { claimsKept, heldUntil, isHeld, withClaim } from "./claim.ts";
export type { Claim } from "./claim.ts";
export { readCloudEvent } from "./cloud-event.ts";
export { cutTime, decideCut, rootOf } from "./closer.ts";
export type { CloserOrder, CutRequests } from "./closer.ts";
export { createPartControl, cutRoot, noRoot, partDigest } from "./control.ts";
export type { PartControl } from "./control.ts";
export { targetOf } from "./correction.ts";
export type { EarlierRecord, Target } from "./correction.ts";
export { createCutsFold, cutAt, lastPart, lastRepair, noCuts, partName, partsOf } from "./cuts.ts";
export type { Cuts, PartRepair } from "./cuts.ts";
export { Grown } from "./grown.ts";
export { decide } from "./decide.ts";
export type { Decision, Place, RawRecord } from "./decide.ts";
export {
  createDigest,
  eventRowText,
  groupText,
  measurementRowText,
  rollupRowText,
  sumOfDigests,
} from "./digest.ts";
export type { Digest } from "./digest.ts";
export { partQuantities, rowsOfMeter } from "./composite.ts";
export type { PartQuantity } from "./composite.ts";
export {
  createFillControl,
  fillName,
  fillsHiddenAt,
  fillsKnownAt,
  isSameFilled,
  lastUnaware,
  measureFilled,
  noFills,
  partWith,
  replacedUnaware,
  tenantsWith,
} from "./fills.ts";
export type { Fill, FillControl, Fills } from "./fills.ts";
export { readEvent } from "./event.ts";
export type { EventContext, EventRead, Unreadable } from "./event.ts";
export { readFlatEvent } from "./flat-event.ts";
export { isTypedEvent, readTypedEvent } from "./typed-event.ts";
export { batchItemsMax, usualBodyBytesMax } from "./doors/door.ts";
export type {
  Again,
  Answer,
  Door,
  DoorContext,
  Failed,
  Fault,
  Item,
  ItemForm,
  Split,
  Taken,
} from "./doors/door.ts";
export { againOf, doors, doorsByPath, enter, failureAt, mappedDoors } from "./doors/doors.ts";
export { receivedAt, receivedAtHeader } from "./doors/received-at.ts";
export {
  sessionOf,
  sessionSeconds,
  sessionToken,
  stripeSessionPath,
} from "./doors/stripe-session.ts";
export type { Session } from "./doors/stripe-session.ts";
export { stripeStreamPath } from "./doors/stripe.ts";
export type { Entered } from "./doors/doors.ts";
export { usualMapping } from "./doors/mapping.ts";
export type { Mapping, TokenPaths } from "./doors/mapping.ts";
export { doorRequest } from "./doors/request.ts";
export type { DoorRequest } from "./doors/request.ts";
export { countedResults, resultOf } from "./doors/results.ts";
export type { ItemResult } from "./doors/results.ts";
export { correctionKey, identityKey, murmur2, partitionOf, recordKey } from "./identity.ts";
export {
  canonicalJson,
  flawOf,
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  numberText,
  parseJson,
} from "./json.ts";
export type { Flaw, Json, JsonObject } from "./json.ts";
export { linesOf } from "./lines.ts";
export type { Line } from "./lines.ts";
export { measure } from "./measure.ts";
export type { Measured, Measurement, MeterVersions, Outcome } from "./measure.ts";
export type { LatestAt, Merging } from "./merge.ts";
export { isOfEvents, mergingOf, versionAt, slotLengthOf } from "./meter.ts";
export type {
  Aggregation,
  FilterTerm,
  Holding,
  Meter,
  MeterPart,
  MeterRounding,
  SlotLength,
} from "./meter.ts";
export { createRollups, eventRowOf, rollupKey, rollUpRows, timeOf, usageRowOf } from "./rollups.ts";
export type { OneEvent, UsageRow } from "./rollups.ts";
export { quantityOf } from "./quantity.ts";
export type { QuantityBasis } from "./quantity.ts";
export { skipSpace, stringEnd, valueEnd } from "./scan.ts";
export { createTally, mergedQuantity, MixedMerging } from "./tally.ts";
export type { Tally, TallyRow } from "./tally.ts";
export {
  arrivalOf,
  judgeArrival,
  judgeTime,
  lowerBound,
  settingsBehind,
  windowBehind,
} from "./window.ts";
export type {
  Arrival,
  KnownSettings,
  SettingsFact,
  TimeVerdict,
  Window,
  WindowSettings,
} from "./window.ts";
export type * from "./facts.ts";
export { assertOwnKey } from "./own-key.ts";
export { stableUuid } from "./stable-uuid.ts";
