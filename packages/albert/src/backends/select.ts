import * as tf from "@tensorflow/tfjs-core";
import { AlbertError } from "../errors.js";
import { startNative } from "./native.js";
import { probeTraining } from "./probe.js";
import { startWasm } from "./wasm.js";
import { startWebgpu } from "./webgpu.js";

export type BackendName = "auto" | "wasm" | "tfjs-node" | "tfjs-node-gpu" | "webgpu";

/** A backend that can be started; "auto" is a choice among them. */
export type Backend = Exclude<BackendName, "auto">;

/** The backend that a run uses; `reasons` says why each faster one was not taken. */
export interface SelectedBackend {
  readonly backend: Backend;
  readonly version: string;
  readonly device: string;
  readonly reasons: string[];
}

/** One line of `listBackends`: present, or why not and how to get it. */
export interface BackendReport {
  readonly backend: Backend;
  readonly available: boolean;
  readonly version: string | null;
  readonly device: string | null;
  readonly reason: string | null;
  readonly howToGet: string;
}

/** How a package is loaded: the room that lists the optional packages passes its own `import`. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** Tried in this order by "auto"; webgpu only by name. */
const AUTO_ORDER = ["tfjs-node-gpu", "tfjs-node", "wasm"] as const;

const HOW_TO_GET: Record<Backend, string> = {
  "tfjs-node-gpu":
    "npm install @tensorflow/tfjs-node-gpu on a machine with an NVIDIA GPU and CUDA, or npm run backend:tensorflow -- --gpu",
  "tfjs-node": "npm install @tensorflow/tfjs-node, or npm run backend:tensorflow",
  wasm: "comes with the npm packages",
  webgpu:
    "npm install webgpu @tensorflow/tfjs-backend-webgpu on a machine with a GPU, then ask for it by name",
};

const importHere: ImportPackage = (name) => import(name);

/**
 * Makes the named backend TensorFlow.js's current one, once a small training run on it came to the
 * right losses. "auto" takes the fastest that this machine has, wasm at last. Throws
 * `backend-unavailable` when a backend asked for by name is absent or computes wrongly.
 */
export async function selectBackend(
  name: BackendName,
  importPackage: ImportPackage = importHere,
): Promise<SelectedBackend> {
  const reasons: string[] = [];
  for (const backend of name === "auto" ? AUTO_ORDER : [name]) {
    try {
      const started = await start(backend, importPackage);
      return { backend, ...started, reasons };
    } catch (cause) {
      const why = `${backend}: ${firstLine(cause)}`;
      if (name !== "auto") {
        const message = `${why} To get it: ${HOW_TO_GET[backend]}. "wasm" always works.`;
        throw new AlbertError("backend-unavailable", message, { cause });
      }
      reasons.push(why);
    }
  }
  throw new AlbertError("backend-unavailable", `No backend starts here: ${reasons.join(" | ")}`);
}

/** Tries every backend in turn, in the order of "auto", and leaves the best one running. */
export async function listBackends(
  importPackage: ImportPackage = importHere,
): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const backend of ["webgpu", ...AUTO_ORDER] as const) {
    const howToGet = HOW_TO_GET[backend];
    try {
      const started = await start(backend, importPackage);
      reports.push({ backend, available: true, ...started, reason: null, howToGet });
    } catch (error) {
      const reason = firstLine(error);
      reports.push({ backend, available: false, version: null, device: null, reason, howToGet });
    }
  }
  const best = AUTO_ORDER.find((name) => reports.some((r) => r.backend === name && r.available));
  // Started above: starting it again would load a native package twice.
  await tf.setBackend(best === "wasm" ? "wasm" : "tensorflow");
  return [...reports.slice(1), reports[0] as BackendReport];
}

async function start(
  backend: Backend,
  importPackage: ImportPackage,
): Promise<{ version: string; device: string }> {
  const started = await startPackage(backend, importPackage);
  const before = tf.memory().numTensors;
  await probeTraining();
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
      try {
        return await startNative(backend, await importPackage(`@tensorflow/${backend}`));
      } catch (error) {
        forgetNativeKernels();
        throw error;
      }
  }
}

/** A native package registers its kernels before it finds that its binding is absent. */
function forgetNativeKernels(): void {
  if (tf.findBackend("tensorflow")) tf.removeBackend("tensorflow");
  for (const { kernelName } of tf.getKernelsForBackend("tensorflow")) {
    tf.unregisterKernel(kernelName, "tensorflow");
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = (text.split("\n")[0] as string).trim().slice(0, 300);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
