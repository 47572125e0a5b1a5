import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { textKey, VectorCache } from "@winnow/encoder/vector-cache";
import { writeDurably } from "@winnow/storage";
import { z } from "zod";
import type { ServedModel } from "../endpoint/endpoint.js";
import { EmbeddingsError } from "../errors.js";
import type { EmbeddingCache } from "../texts/embed-texts.js";

const Served = z.object({ model: z.string().nullable(), width: z.int().positive() });
const SERVED_FILE = "served.json";

/**
 * Vectors of one endpoint and model, in a folder, with what answered there. Several processes may add to
 * it at once. `confirm` throws `other-model`.
 */
export class EndpointCache implements EmbeddingCache {
  readonly #folder: string;
  #served: ServedModel | null;
  #vectors: VectorCache | null;

  constructor(folder: string, served: ServedModel | null, vectors: VectorCache | null) {
    this.#folder = folder;
    this.#served = served;
    this.#vectors = vectors;
  }

  /** Opens the folder of one endpoint (its fingerprint belongs into the path). Throws `damaged-cache`. */
  static async open(folder: string): Promise<EndpointCache> {
    const served = await readServed(folder);
    const vectors = served && (await VectorCache.open(folder, served.width));
    return new EndpointCache(folder, served, vectors);
  }

  get width(): number | null {
    return this.#served?.width ?? null;
  }

  /** Whether a text has a vector. */
  has(text: string): boolean {
    return this.#vectors?.has(textKey(text)) ?? false;
  }

  async read(text: string): Promise<Float32Array | null> {
    return (await this.#vectors?.read(textKey(text))) ?? null;
  }

  async confirm({ model, width }: ServedModel): Promise<void> {
    const known = this.#served ?? (await this.#claim({ model, width }));
    if (known.model !== model || known.width !== width) {
      throw new EmbeddingsError(
        "other-model",
        `${nameOf({ model, width })} answers, and ${nameOf(known)} did before: their vectors do not mix`,
      );
    }
    this.#vectors ??= await VectorCache.open(this.#folder, width);
    this.#served = known;
  }

  async add(texts: readonly string[], vectors: Float32Array): Promise<void> {
    await this.#vectors!.add(texts.map(textKey), vectors);
  }

  async close(): Promise<void> {
    await this.#vectors?.close();
  }

  /** Notes what answers, unless another process was first; returns what counts. */
  async #claim(served: ServedModel): Promise<ServedModel> {
    const path = join(this.#folder, SERVED_FILE);
    const own = `${path}.${randomBytes(8).toString("hex")}`;
    await mkdir(this.#folder, { recursive: true });
    await writeDurably(own, `${own}.part`, (file) => file.writeFile(JSON.stringify(served)));
    try {
      await link(own, path);
      return served;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return (await readServed(this.#folder)) ?? served;
    } finally {
      await rm(own, { force: true });
    }
  }
}

const nameOf = ({ model, width }: ServedModel): string =>
  model === null ? `a model of ${width} columns without a name` : `the model ${model}`;

async function readServed(folder: string): Promise<ServedModel | null> {
  const path = join(folder, SERVED_FILE);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return Served.parse(JSON.parse(text));
  } catch (error) {
    const message = `${path} cannot be read; delete ${folder}`;
    throw new EmbeddingsError("damaged-cache", message, { cause: error });
  }
}
