/** The topics of a deployment, by what they carry. A prefix, where one is set, is added by `@tallybook/log`. */
export const topics = {
  usageRaw: "usage.raw",
  usageAccepted: "usage.accepted",
  usageRejected: "usage.rejected",
  cuts: "cuts",
  catalog: "catalog",
  journal: "journal",
  invoices: "invoices",
  webhooks: "webhooks",
} as const;

export type TopicName = (typeof topics)[keyof typeof topics];

/** Every topic with its partitions: `partitions` for usage, which is spread by identity; one where order is all. */
export function topicSpecs(partitions: number): { topic: TopicName; partitions: number }[] {
  return Object.values(topics).map((topic) => ({
    topic,
    partitions: topic.startsWith("usage.") ? partitions : 1,
  }));
}
