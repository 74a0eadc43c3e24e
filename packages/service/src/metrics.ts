/** Values of a metric's labels, by label name. */
export type Labels = Readonly<Record<string, string>>;

/** Only ever goes up. */
export type Counter = { add(by?: number, labels?: Labels): void };

/** Goes up and down. */
export type Gauge = { set(value: number, labels?: Labels): void };

/** What one process counts and measures, to be read in Prometheus' text format. */
export type Metrics = {
  /** Names end in `_total`. */
  counter(name: string, help: string): Counter;
  /** Names carry their unit, like `_seconds` or `_bytes`. */
  gauge(name: string, help: string): Gauge;
  /** A gauge that is asked when somebody reads. */
  observed(name: string, help: string, value: () => number): void;
  text(): string;
};

type Metric = {
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** Values by labels as they are written. */
  readonly values: Map<string, number>;
  readonly observe?: () => number;
};

/** Our own registry and not a client library: two kinds of numbers are all that the dashboards read. */
export function createMetrics(): Metrics {
  const metrics = new Map<string, Metric>();
  const register = (name: string, metric: Metric): Metric => {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${name} is no name for a metric`);
    if (metrics.has(name)) throw new Error(`the metric ${name} exists already`);
    metrics.set(name, metric);
    return metric;
  };
  return {
    counter(name, help) {
      const { values } = register(name, { type: "counter", help, values: new Map([["", 0]]) });
      return {
        add(by = 1, labels = {}) {
          const key = labelsText(labels);
          if (key !== "") values.delete("");
          values.set(key, (values.get(key) ?? 0) + by);
        },
      };
    },
    gauge(name, help) {
      const { values } = register(name, { type: "gauge", help, values: new Map() });
      return { set: (value, labels = {}) => void values.set(labelsText(labels), value) };
    },
    observed(name, help, observe) {
      register(name, { type: "gauge", help, values: new Map(), observe });
    },
    text: () => [...metrics].map(([name, metric]) => metricText(name, metric)).join(""),
  };
}

function metricText(name: string, metric: Metric): string {
  const values = metric.observe ? new Map([["", metric.observe()]]) : metric.values;
  const lines = [...values].map(([labels, value]) => `${name}${labels} ${value}\n`);
  const help = metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${help}\n# TYPE ${name} ${metric.type}\n${lines.join("")}`;
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
