import * as tf from "@tensorflow/tfjs-core";
import { AlbertError } from "../errors.js";
import { startWasm } from "./wasm.js";

export type BackendName = "auto" | "wasm" | "tfjs-node" | "tfjs-node-gpu" | "webgpu";

/** The backend that a run uses; `reasons` says why each faster one was not taken. */
export interface SelectedBackend {
  readonly backend: Exclude<BackendName, "auto">;
  readonly version: string;
  readonly device: string;
  readonly reasons: string[];
}

/** How a package is loaded: the room that lists the optional packages passes its own `import`. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** Tried in this order by "auto"; webgpu only by name. */
const AUTO_ORDER = ["tfjs-node-gpu", "tfjs-node", "wasm"] as const;

/**
 * Makes the named backend TensorFlow.js's current one. "auto" takes the fastest that this machine
 * has, wasm at last. Throws `backend-unavailable` when a backend asked for by name is absent.
 */
export async function selectBackend(
  name: BackendName,
  importPackage: ImportPackage = (specifier) => import(specifier),
): Promise<SelectedBackend> {
  const reasons: string[] = [];
  for (const backend of name === "auto" ? AUTO_ORDER : [name]) {
    try {
      const started = await start(backend, importPackage);
      return { backend, ...started, reasons };
    } catch (cause) {
      const why = `${backend}: ${firstLine(cause)}`;
      if (name !== "auto") {
        throw new AlbertError("backend-unavailable", `${why} Use "auto" or "wasm" instead.`, {
          cause,
        });
      }
      reasons.push(why);
    }
  }
  throw new AlbertError("backend-unavailable", `No backend starts here: ${reasons.join(" | ")}`);
}

async function start(
  backend: Exclude<BackendName, "auto">,
  importPackage: ImportPackage,
): Promise<{ version: string; device: string }> {
  if (backend === "wasm") return startWasm();
  if (backend === "webgpu") throw new Error("not yet supported.");
  const module = await importPackage(`@tensorflow/${backend}`);
  return startNative(backend, module);
}

interface NativeModule {
  version?: Record<string, string>;
  backend(): { isUsingGpuDevice?: boolean };
}

async function startNative(
  backend: "tfjs-node" | "tfjs-node-gpu",
  module: unknown,
): Promise<{ version: string; device: string }> {
  const native = ((module as { default?: unknown }).default ?? module) as NativeModule;
  if (!(await tf.setBackend("tensorflow"))) {
    throw new Error("the package loaded, but it registered no backend with this TensorFlow.js.");
  }
  await tf.ready();
  const gpu = native.backend().isUsingGpuDevice === true;
  // A GPU build that falls back to the CPU in silence would run for days instead of hours.
  if (backend === "tfjs-node-gpu" && !gpu) {
    throw new Error("the GPU package runs, but TensorFlow sees no GPU.");
  }
  const version = `${backend} ${native.version?.["tfjs-node"] ?? ""}`.trim();
  return { version, device: gpu ? "gpu" : "cpu (TensorFlow)" };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] as string).slice(0, 300);
}
