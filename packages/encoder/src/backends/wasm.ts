import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { registerWasmKernels } from "./wasm-kernels.js";

/**
 * Starts the wasm backend with our kernels. It needs nothing but npm packages and runs on one
 * thread.
 */
export async function startWasm(): Promise<{ version: string; device: string }> {
  setWasmPaths(`${binariesFolder()}${sep}`);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js refused its wasm backend.");
  await tf.ready();
  registerWasmKernels();
  return { version: `tfjs-backend-wasm ${version_wasm}`, device: "cpu (wasm, one thread)" };
}

/** The package's compiled kernels; where this file is part of a bundle, they are beside it. */
function binariesFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  if (existsSync(`${here}${sep}tfjs-backend-wasm.wasm`)) return here;
  const require = createRequire(import.meta.url);
  return `${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}${sep}dist`;
}
