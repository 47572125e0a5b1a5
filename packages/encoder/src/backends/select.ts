import * as tf from "@tensorflow/tfjs-core";
import { EncoderError } from "../errors.js";
import { setSavedModelLoader } from "../graph/session.js";
import { forgetConstants } from "../operations/constants.js";
import type { Engine } from "../training/steps/step-engine.js";
import { fastestEngine } from "../training/steps/trainer.js";
import { startNative } from "./native.js";
import { probeTraining } from "./probe.js";
import { supplyRemovedUtil } from "./removed-util.js";
import { startWasm } from "./wasm.js";
import { startWebgpu } from "./webgpu.js";

export type BackendName = "auto" | "wasm" | "tfjs-node" | "tfjs-node-gpu" | "webgpu";

/** A backend that can be started; "auto" chooses one of them. */
export type Backend = Exclude<BackendName, "auto">;

/** The backend that a run uses; `reasons` says why each faster one was not used. */
export interface SelectedBackend {
  readonly backend: Backend;
  readonly version: string;
  readonly device: string;
  /** How training steps are computed on it. */
  readonly engine: Engine;
  readonly reasons: string[];
}

/** What `reportBackend` found: available, or why not and how to get it. */
export interface BackendReport {
  readonly backend: Backend;
  readonly available: boolean;
  readonly version: string | null;
  readonly device: string | null;
  readonly reason: string | null;
  readonly howToGet: string;
}

/**
 * How a package is loaded: the package that declares the optional dependencies passes its own
 * `import`.
 */
export type ImportPackage = (name: string) => Promise<unknown>;

/** Tried in this order by "auto"; webgpu only by name. */
export const AUTO_ORDER = ["tfjs-node-gpu", "tfjs-node", "wasm"] as const;

/** Every backend, those of "auto" first. */
export const BACKENDS: readonly Backend[] = [...AUTO_ORDER, "webgpu"];

const HOW_TO_GET: Record<Backend, string> = {
  "tfjs-node-gpu": "npm run backend:tensorflow -- --gpu, on a machine with an NVIDIA GPU",
  "tfjs-node": "npm run backend:tensorflow",
  wasm: "npm ci: it comes with the npm packages",
  webgpu:
    "npm install --no-save webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0, on a machine with a GPU; then select it by name",
};

const importHere: ImportPackage = (name) => import(name);

/**
 * Makes the named backend TensorFlow.js's current one, once a small training run on it gave the
 * right losses. "auto" picks the fastest that works on this machine; wasm is the last resort.
 * Throws `backend-unavailable` when a backend asked for by name is absent or computes wrongly.
 */
export async function selectBackend(
  name: BackendName,
  importPackage: ImportPackage = importHere,
): Promise<SelectedBackend> {
  const reasons: string[] = [];
  for (const backend of name === "auto" ? AUTO_ORDER : [name]) {
    try {
      const started = await start(backend, importPackage);
      return { backend, ...started, engine: fastestEngine(), reasons };
    } catch (cause) {
      const why = `${backend}: ${firstLine(cause)}`;
      if (name !== "auto") {
        const message = `${why} To get it: ${HOW_TO_GET[backend]}. "wasm" always works.`;
        throw new EncoderError("backend-unavailable", message, { cause });
      }
      reasons.push(why);
    }
  }
  throw new EncoderError("backend-unavailable", `No backend starts here: ${reasons.join(" | ")}`);
}

/**
 * Tries one backend with the same small training run and reports the result; an absent one is a
 * result, not an error. Ask about one backend per process: two native packages in one process
 * conflict, and a binding built for another processor crashes it.
 */
export async function reportBackend(
  backend: Backend,
  importPackage: ImportPackage = importHere,
): Promise<BackendReport> {
  try {
    const started = await start(backend, importPackage);
    const howToGet = HOW_TO_GET[backend];
    return { backend, available: true, ...started, reason: null, howToGet };
  } catch (error) {
    return absentBackend(backend, firstLine(error));
  }
}

/** The report of a backend that does not run here, for a caller that knows why. */
export function absentBackend(backend: Backend, reason: string): BackendReport {
  const howToGet = HOW_TO_GET[backend];
  return { backend, available: false, version: null, device: null, reason, howToGet };
}

async function start(
  backend: Backend,
  importPackage: ImportPackage,
): Promise<{ version: string; device: string }> {
  setSavedModelLoader(null);
  const started = await startPackage(backend, importPackage);
  forgetConstants();
  const before = tf.memory().numTensors;
  // Pretraining is eager wherever the folds' steps are calls of a graph.
  for (const engine of new Set(["eager", fastestEngine()] as const)) await probeTraining(engine);
  forgetConstants();
  if (tf.memory().numTensors !== before)
    throw new Error("the small training run left tensors behind.");
  return started;
}

async function startPackage(
  backend: Backend,
  importPackage: ImportPackage,
): Promise<{ version: string; device: string }> {
  switch (backend) {
    case "wasm":
      return startWasm();
    case "webgpu":
      return startWebgpu(await importPackage("webgpu"), () =>
        importPackage("@tensorflow/tfjs-backend-webgpu"),
      );
    default:
      supplyRemovedUtil();
      try {
        return await startNative(backend, await importPackage(`@tensorflow/${backend}`));
      } catch (error) {
        forgetNativeKernels();
        throw error;
      }
  }
}

/** A native package registers its kernels before it notices that its binding is missing. */
function forgetNativeKernels(): void {
  if (tf.findBackend("tensorflow")) tf.removeBackend("tensorflow");
  for (const { kernelName } of tf.getKernelsForBackend("tensorflow")) {
    tf.unregisterKernel(kernelName, "tensorflow");
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split("\n")[0]!.trim().slice(0, 300);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
