// What a program with Langfuse's span processor sends: node client.mjs send URL KEY
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";

const [, baseUrl, secretKey] = process.argv.slice(2);
const processor = new LangfuseSpanProcessor({ publicKey: "pk-lf-1", secretKey, baseUrl });
const provider = new BasicTracerProvider({ spanProcessors: [processor] });
const span = provider.getTracer("shop").startSpan("chat gpt-4o-mini", {
  attributes: {
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 2,
    "user.id": "langfuse",
    "langfuse.observation.type": "generation",
    "langfuse.observation.input": "SECRET",
  },
});
span.end();
await processor.forceFlush();
await provider.shutdown();
