import type { Metrics } from "@tallybook/service";
import type { Intake } from "./intake.ts";

export interface IngestMetrics {
  /** What became of a request's items, once Kafka has them. */
  taken(intake: Intake): void;
  produced(records: number, ms: number): void;
  produceFailed(): void;
  inFlightBytes(bytes: number): void;
}

export function createIngestMetrics(metrics: Metrics): IngestMetrics {
  const received = metrics.counter(
    "ingest_received_total",
    "Items that came in and went to Kafka or into the spool.",
  );
  const accepted = metrics.counter("ingest_accepted_total", "Items that are usage events.");
  const refused = metrics.counter(
    "ingest_refused_total",
    "Items and bodies that were refused, by reason.",
  );
  const records = metrics.counter("ingest_records_total", "Records that Kafka acknowledged.");
  const produces = metrics.counter("ingest_produces_total", "Produces that Kafka acknowledged.");
  const seconds = metrics.counter(
    "ingest_produce_seconds_total",
    "Time that produces took, together.",
  );
  const failures = metrics.counter(
    "ingest_produce_failures_total",
    "Produces that were not acknowledged.",
  );
  const inFlight = metrics.gauge("ingest_in_flight_bytes", "Bodies of requests not answered yet.");
  inFlight.set(0);
  return {
    taken(intake) {
      if (intake.kind === "too_many") return;
      received.add(intake.records.length);
      if (intake.kind === "unreadable") {
        refused.add(1, { reason: intake.fault.reason });
        return;
      }
      let good = 0;
      for (const one of intake.taken) {
        if (one.ok) good += 1;
        else refused.add(1, { reason: one.fault.reason });
      }
      accepted.add(good);
    },
    produced(count, ms) {
      records.add(count);
      produces.add();
      seconds.add(ms / 1_000);
    },
    produceFailed: () => failures.add(),
    inFlightBytes: (bytes) => inFlight.set(bytes),
  };
}
