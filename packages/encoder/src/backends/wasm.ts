import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { registerWasmKernels } from "./wasm-kernels.js";

/**
 * Starts the wasm backend with our kernels. It needs nothing but npm packages and runs on one
 * thread.
 */
export async function startWasm(): Promise<{ version: string; device: string }> {
  const packageFile = createRequire(import.meta.url).resolve(
    "@tensorflow/tfjs-backend-wasm/package.json",
  );
  setWasmPaths(`${dirname(packageFile)}${sep}dist${sep}`);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js refused its wasm backend.");
  await tf.ready();
  registerWasmKernels();
  return { version: `tfjs-backend-wasm ${version_wasm}`, device: "cpu (wasm, one thread)" };
}
