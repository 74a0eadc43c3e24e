// What a program with Vercel's ai and OpenTelemetry's exporters sends: node client.mjs send URL KEY
import { OTLPTraceExporter as InJson } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as InProtobuf } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { generateText } from "ai";

const [, url, key] = process.argv.slice(2);
const model = {
  specificationVersion: "v3",
  provider: "openai.chat",
  modelId: "gpt-4o-mini",
  supportedUrls: {},
  doGenerate: async () => ({
    content: [{ type: "text", text: "hi" }],
    finishReason: { unified: "stop", raw: "stop" },
    usage: {
      inputTokens: { total: 120, noCache: 56, cacheRead: 64, cacheWrite: 0 },
      outputTokens: { total: 30, text: 20, reasoning: 10 },
    },
    response: { id: "chatcmpl-1", modelId: "gpt-4o-mini", timestamp: new Date() },
    warnings: [],
  }),
};

for (const Exporter of [InJson, InProtobuf]) {
  const exporter = new Exporter({
    url: `${url}/v1/traces`,
    headers: { authorization: `Bearer ${key}` },
  });
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  await generateText({
    model,
    prompt: "SECRET hello",
    experimental_telemetry: {
      isEnabled: true,
      tracer: provider.getTracer("ai"),
      metadata: { customerId: "vercel" },
    },
  });
  await provider.forceFlush();
  await provider.shutdown();
}
