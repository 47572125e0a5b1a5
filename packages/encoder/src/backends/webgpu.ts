import * as tf from "@tensorflow/tfjs-core";

interface DawnModule {
  create(options: string[]): { requestAdapter(): Promise<Adapter | null> };
  globals: Record<string, unknown>;
}

interface Adapter {
  info?: { vendor?: string; architecture?: string; description?: string; device?: string };
}

/**
 * Starts TensorFlow.js on WebGPU through Dawn's Node binding (package `webgpu`), from the loaded
 * packages. It sets `navigator.gpu`, where the backend looks for it. A software adapter is refused:
 * it is thousands of times slower than wasm.
 */
export async function startWebgpu(
  dawn: unknown,
  loadBackend: () => Promise<unknown>,
): Promise<{ version: string; device: string }> {
  const { create, globals } = ((dawn as { default?: unknown }).default ?? dawn) as DawnModule;
  Object.assign(globalThis, globals);
  const gpu = create([]);
  // Node 20 has no navigator; later versions have one that cannot be replaced.
  const { navigator } = globalThis as { navigator?: object };
  if (navigator === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  } else {
    Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  }
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("Dawn finds no graphics adapter here.");
  const { info } = adapter;
  const device = info?.description || info?.device || info?.architecture || "unnamed adapter";
  if (/swiftshader|llvmpipe|lavapipe/i.test(`${device} ${info?.architecture} ${info?.vendor}`)) {
    throw new Error(`the only adapter, ${device}, is a software one.`);
  }
  const loaded = (await loadBackend()) as {
    version_webgpu?: string;
    default?: { version_webgpu?: string };
  };
  if (!(await tf.setBackend("webgpu")))
    throw new Error("TensorFlow.js refused its webgpu backend.");
  await tf.ready();
  const version = loaded.version_webgpu ?? loaded.default?.version_webgpu ?? "";
  return { version: `tfjs-backend-webgpu ${version}`.trim(), device };
}
