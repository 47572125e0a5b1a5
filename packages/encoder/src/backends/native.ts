import * as tf from "@tensorflow/tfjs-core";
import { type LoadSavedModel, setSavedModelLoader } from "../graph/session.js";
import { registerNativeKernels } from "./native-kernels.js";

interface NativeModule {
  version?: Record<string, string>;
  node?: { loadSavedModel?: LoadSavedModel };
  backend?: () => { isUsingGpuDevice?: boolean; binding?: { TF_Version?: string } };
}

/** Starts TensorFlow through tfjs-node or tfjs-node-gpu, from the loaded package. */
export async function startNative(
  backend: "tfjs-node" | "tfjs-node-gpu",
  module: unknown,
): Promise<{ version: string; device: string }> {
  const native = ((module as { default?: unknown }).default ?? module) as NativeModule;
  if (!(await tf.setBackend("tensorflow"))) {
    throw new Error("the package loaded, but it registered no backend with this TensorFlow.js.");
  }
  await tf.ready();
  const running = native.backend?.();
  const gpu = running?.isUsingGpuDevice === true;
  // A GPU build that silently falls back to the CPU would run for days instead of hours.
  if (backend === "tfjs-node-gpu" && !gpu) {
    throw new Error("the GPU package runs, but TensorFlow sees no GPU.");
  }
  registerNativeKernels();
  setSavedModelLoader(native.node?.loadSavedModel ?? null);
  const parts = [
    `${backend} ${native.version?.["tfjs-node"] ?? ""}`.trim(),
    running?.binding?.TF_Version && `TensorFlow ${running.binding.TF_Version}`,
  ];
  return { version: parts.filter(Boolean).join(", "), device: gpu ? "gpu" : "cpu (TensorFlow)" };
}
