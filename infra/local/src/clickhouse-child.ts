import { createRequire } from "node:module";
import path from "node:path";
import { DataType, load, open } from "ffi-rs";

/**
 * The program of the child process: `clickhouse local`'s command line, as the library exports it, with our arguments.
 *
 * The call returns when the last query has read its standard input to the end, which is how the parent stops it.
 * It needs the thread's own stack, or the engine's stack check refuses to run: ffi-rs leaves that alone.
 */
const platform =
  process.platform === "linux"
    ? `linux-${process.arch}-gnu`
    : `${process.platform}-${process.arch}`;
const manifest = createRequire(import.meta.url).resolve(`@chdb/lib-${platform}/package.json`);
open({ library: "clickhouse", path: path.join(path.dirname(manifest), "libchdb.so") });
const args = ["clickhouse-local", ...process.argv.slice(2)];
load({
  library: "clickhouse",
  funcName: "query_stable_v2",
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
  freeResultMemory: false,
});
