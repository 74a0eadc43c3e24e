import { expect, test } from "vitest";
import { createMetrics } from "../src/index.ts";

test("is written in Prometheus' text format", () => {
  const metrics = createMetrics();
  const taken = metrics.counter("events_total", "Events taken.\nBy door.");
  metrics.counter("restarts_total", "Restarts.");
  const lag = metrics.gauge("lag_records", "Records not read yet.");
  metrics.observed("spool_bytes", "Bytes in the spool.", () => 42);
  taken.add(2, { door: "native", code: "200" });
  taken.add(1, { code: "200", door: "native" });
  taken.add(1, { door: 'a"b\\c\nd' });
  lag.set(7, { partition: "0" });
  lag.set(5, { partition: "0" });
  expect(metrics.text()).toBe(String.raw`# HELP events_total Events taken.\nBy door.
# TYPE events_total counter
events_total{code="200",door="native"} 3
events_total{door="a\"b\\c\nd"} 1
# HELP restarts_total Restarts.
# TYPE restarts_total counter
restarts_total 0
# HELP lag_records Records not read yet.
# TYPE lag_records gauge
lag_records{partition="0"} 5
# HELP spool_bytes Bytes in the spool.
# TYPE spool_bytes gauge
spool_bytes 42
`);
});

test("refuses a name twice, and a name that is none", () => {
  const metrics = createMetrics();
  metrics.gauge("lag", "Lag.");
  expect(() => metrics.gauge("lag", "Lag.")).toThrow("the metric lag exists already");
  expect(() => metrics.gauge("a-b", "No.")).toThrow("a-b is no name for a metric");
});
