// The optional packages of this room, which may be absent: their install script downloads a library
// that many networks refuse. Albert asks for them by name and takes wasm where the import throws.
const PACKAGES: ReadonlySet<string> = new Set([
  "@tensorflow/tfjs-node-gpu",
  "@tensorflow/tfjs-node",
  // Not among our dependencies: whoever asks for webgpu by name installs them.
  "webgpu",
  "@tensorflow/tfjs-backend-webgpu",
]);

/** Loads a backend's package; throws for an absent one, and for any other name. */
export async function importBackendPackage(name: string): Promise<unknown> {
  if (!PACKAGES.has(name)) throw new Error(`${name} is no backend package of this worker.`);
  return import(name);
}
