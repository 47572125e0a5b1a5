import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NamedTensorMap } from "@tensorflow/tfjs-core";
import type { GraphFile } from "./graph-file.js";

/** One signature of a loaded SavedModel, as tfjs-node gives it. */
interface LoadedSignature {
  predict(inputs: NamedTensorMap): unknown;
  dispose(): void;
}

/** `tf.node.loadSavedModel` of tfjs-node. */
export type LoadSavedModel = (
  path: string,
  tags: string[],
  signature: string,
) => Promise<LoadedSignature>;

let loadSavedModel: LoadSavedModel | null = null;

/** Sets how the current backend loads a SavedModel; null: it loads none. */
export function setSavedModelLoader(load: LoadSavedModel | null): void {
  loadSavedModel = load;
}

/** Whether the current backend runs graphs. */
export function runsGraphs(): boolean {
  return loadSavedModel !== null;
}

/** A graph in memory with its variables. */
export class GraphSession {
  readonly #signatures: ReadonlyMap<string, LoadedSignature>;

  constructor(signatures: ReadonlyMap<string, LoadedSignature>) {
    this.#signatures = signatures;
  }

  /**
   * Loads the named signatures. TensorFlow.js keeps one session a path, so that a path in use
   * would give the variables of another trainer: every session has a folder of its own.
   */
  static async open(graph: GraphFile, names: readonly string[]): Promise<GraphSession> {
    if (loadSavedModel === null) throw new Error("The current backend runs no graphs.");
    const signatures = new Map<string, LoadedSignature>();
    const folder = await mkdtemp(join(tmpdir(), "winnow-graph-")).catch((cause: unknown) => {
      const fix = "point TMPDIR at a folder that this process may write to.";
      throw new Error(`The training graph needs a temporary file below ${tmpdir()}: ${fix}`, {
        cause,
      });
    });
    try {
      await writeFile(join(folder, "saved_model.pb"), graph.savedModel());
      for (const name of names) signatures.set(name, await loadSavedModel(folder, ["serve"], name));
    } catch (error) {
      for (const signature of signatures.values()) signature.dispose();
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return new GraphSession(signatures);
  }

  /** Runs a signature and disposes its inputs; the caller disposes the outputs. */
  run(signature: string, inputs: NamedTensorMap): NamedTensorMap {
    const loaded = this.#signatures.get(signature);
    if (loaded === undefined) throw new Error(`The graph has no signature ${signature}.`);
    try {
      return loaded.predict(inputs) as NamedTensorMap;
    } finally {
      for (const tensor of Object.values(inputs)) tensor.dispose();
    }
  }

  /** Frees the graph and its variables. */
  dispose(): void {
    for (const signature of this.#signatures.values()) signature.dispose();
  }
}
