/**
 * Every place at which a test can let a process die: between two effects that another process, or the same one after its
 * death, can tell apart. What is said of each is what has happened last.
 */
export const failpoints = {
  "ingest.parsed": "the request is read and judged, nothing is in the log",
  "ingest.produced": "the records are in the log, nobody was answered",
  "deduper.read": "a batch is read",
  "deduper.collected":
    "a barrier opens a backfill, and what was accepted in its range is in the store",
  "deduper.decided": "the batch is decided, nothing is kept of it",
  "deduper.stored": "its identities are in the store, its outcomes nowhere",
  "deduper.produced": "its outcomes and its progress are committed",
  "aggregator.read": "a batch is read",
  "aggregator.gathered": "the rows of an insert are complete, none is sent",
  "aggregator.inserted": "events and measurements are in ClickHouse",
  "aggregator.rolled": "the rollups of a part are made, it is not compared",
  "aggregator.compared": "a part is compared with the log, and not on it",
  "aggregator.appended": "the part is on the log",
  "aggregator.repair": "the log says that a part is repaired, its rows are as they were",
  "aggregator.mended": "the rows of a part are removed, none is made again",
  "aggregator.filling": "the log says that a meter's history is filled, nothing is added",
  "aggregator.added":
    "measurements that are filled in are in ClickHouse, the log has nothing of them",
  "aggregator.topped": "their rollups are made too",
  "aggregator.filled": "the log says what was filled into a part",
  "columns.events": "the events of an insert are in ClickHouse, their measurements are not",
  "mirror.read": "records of another topic are read, none is in ClickHouse",
  "mirror.inserted": "rows of them are in ClickHouse",
  "mirror.compared": "a stretch of them is read back and compared with the log",
  "mirror.noted": "and noted as equal",
  "mirror.removed": "rows that differ from the log are removed, none is made again",
  "closer.opened": "a cut is opened, none of its barriers is placed",
  "closer.barriers": "another barrier of the cut is placed",
  "closer.placed": "all its barriers are placed, and the log says so",
  "closer.closed": "all its parts are there, and the log says that it is closed",
  "rater.begun": "the journal says that a step begins, and nothing of it is posted",
  "rater.read": "the usage of the step is read and rated",
  "rater.computed": "the step is computed and proven, the journal does not have it",
  "rater.appended": "transactions, or the head, are in the journal",
  "invoicer.read": "a piece of the journal is read",
  "invoicer.decided": "invoices are made and numbered, none is written",
  "invoicer.committed": "they are written, and shown to nobody",
  "webhooks.queued": "facts are looked at and their messages queued on the log, none is sent",
  "webhooks.sent": "a message was sent and answered, the log does not have it",
  "webhooks.noted": "the log has how messages were answered",
  "stripe.asked": "Stripe has answered a request, the log does not have it",
  "catalog.decided": "an order is decided, its facts are nowhere",
  "catalog.appended": "its facts are on the log, this process has not folded them",
  "catalog.folded": "they are folded, nobody was answered",
  "log.produced": "records of a transaction are with Kafka, it is not committed",
} as const;

export type Failpoint = keyof typeof failpoints;

export const failpointNames = Object.keys(failpoints) as Failpoint[];
