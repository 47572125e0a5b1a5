// The thread of a RowThreads: encodes the batches that it is sent on a wasm backend of its own.
import { parentPort, workerData } from "node:worker_threads";
import { startWasm } from "../backends/wasm.js";
import type { EncoderConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import type { TokenBatch } from "../text/batches.js";
import { openRowEngine } from "./row-engine.js";

const { config, weights } = workerData as { config: EncoderConfig; weights: Weights };
await startWasm();
const engine = await openRowEngine(config, weights);

parentPort?.on("message", async (tokens: TokenBatch) => {
  parentPort?.postMessage(await engine.rows(tokens));
});
