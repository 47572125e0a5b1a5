// Optional packages that may be missing: their install script downloads a library, which many
// networks refuse. The encoder asks for them by name, and uses wasm if the import throws.
const PACKAGES: ReadonlySet<string> = new Set([
  "@tensorflow/tfjs-node-gpu",
  "@tensorflow/tfjs-node",
  // Not among our dependencies: users of webgpu install them.
  "webgpu",
  "@tensorflow/tfjs-backend-webgpu",
]);

/** Loads a backend's package. Throws if it is missing, and for any other name. */
export async function importBackendPackage(name: string): Promise<unknown> {
  if (!PACKAGES.has(name)) throw new Error(`${name} is not a backend package of this worker.`);
  return import(name);
}
