import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EmbeddingCache, ServedModel } from "@winnow/embeddings";
import { textKey, VectorCache } from "@winnow/encoder/vector-cache";
import { writeDurably } from "@winnow/storage";
import { z } from "zod";
import { CliError } from "../terminal/failure.js";

const Served = z.object({ model: z.string().nullable(), width: z.int().positive() });
const SERVED_FILE = "served.json";

/** Vectors of one endpoint and model, in a folder, with what answered there. */
export class EndpointCache implements EmbeddingCache {
  readonly #folder: string;
  #served: ServedModel | null;
  #vectors: VectorCache | null;

  constructor(folder: string, served: ServedModel | null, vectors: VectorCache | null) {
    this.#folder = folder;
    this.#served = served;
    this.#vectors = vectors;
  }

  static async open(folder: string): Promise<EndpointCache> {
    const served = await readServed(folder);
    const vectors = served && (await VectorCache.open(folder, served.width));
    return new EndpointCache(folder, served, vectors);
  }

  get width(): number | null {
    return this.#served?.width ?? null;
  }

  async read(text: string): Promise<Float32Array | null> {
    return (await this.#vectors?.read(textKey(text))) ?? null;
  }

  async confirm(served: ServedModel): Promise<void> {
    const known = this.#served;
    if (known !== null && known.model !== served.model) {
      throw new CliError(
        "other-model",
        `${nameOf(served)} answers, and ${nameOf(known)} did before: their vectors do not mix. Name the ` +
          `one that you mean by --embeddings-model, or delete ${this.#folder}`,
      );
    }
    if (known !== null) return;
    const path = join(this.#folder, SERVED_FILE);
    const part = `${path}.${randomBytes(8).toString("hex")}.part`;
    const { model, width } = served;
    await writeDurably(path, part, (file) => file.writeFile(JSON.stringify({ model, width })));
    this.#vectors = await VectorCache.open(this.#folder, served.width);
    this.#served = served;
  }

  async add(texts: readonly string[], vectors: Float32Array): Promise<void> {
    await this.#vectors!.add(texts.map(textKey), vectors);
  }

  async close(): Promise<void> {
    await this.#vectors?.close();
  }
}

const nameOf = ({ model }: ServedModel): string =>
  model === null ? "a model without a name" : `the model ${model}`;

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
    throw new CliError("damaged-cache", message, { cause: error });
  }
}
