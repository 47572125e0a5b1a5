/** Vectors of the texts of one request, in their order. */
export interface Vectors {
  /** d, the numbers of a vector. */
  readonly width: number;
  /** (texts, d), finite. */
  readonly values: Float32Array;
  /** The model that the endpoint says it used. */
  readonly model: string | null;
}

/** Vectors, or what is wrong with the answer, to be read after "it". */
export type ReadVectors = Vectors | string;

/**
 * Reads the answer to a request of so many texts: `data` in any order by `index`, vectors as lists of
 * numbers or as base64 of little-endian float32.
 */
export function readVectors(answer: unknown, texts: number): ReadVectors {
  const data = fieldOf(answer, "data");
  if (!Array.isArray(data)) return 'answers no list "data" of embeddings';
  if (data.length !== texts) {
    return `answers ${data.length} vectors of ${texts} texts`;
  }
  let values: Float32Array | null = null;
  let width = 0;
  const isFilled = new Uint8Array(texts);
  for (const [place, item] of data.entries()) {
    const index = fieldOf(item, "index") ?? place;
    if (typeof index !== "number" || isFilled[index] !== 0) {
      return `answers an index that is none of its ${texts} texts, or one of them twice`;
    }
    isFilled[index] = 1;
    const vector = numbersOf(fieldOf(item, "embedding"));
    if (typeof vector === "string") return vector;
    if (values === null) {
      width = vector.length;
      values = new Float32Array(texts * width);
    }
    if (vector.length !== width) {
      return `answers vectors of ${width} and of ${vector.length} columns in one answer`;
    }
    values.set(vector, index * width);
  }
  if (values === null || width === 0) return "answers vectors without columns";
  // After the conversion: what is too large for float32 is infinite.
  if (!values.every(Number.isFinite)) return "answers vectors with numbers that are not finite";
  const model = fieldOf(answer, "model");
  return { width, values, model: typeof model === "string" && model !== "" ? model : null };
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

function numbersOf(embedding: unknown): ArrayLike<number> | string {
  if (typeof embedding === "string") return decoded(embedding);
  if (!Array.isArray(embedding)) return 'answers an item without its list "embedding"';
  if (embedding.every((value) => typeof value === "number")) return embedding;
  return embedding.some(Array.isArray)
    ? "answers a vector for each token; have it pool them to one a text"
    : "answers vectors with values that are no numbers";
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decoded(text: string): Float32Array | string {
  const bytes = Buffer.from(text, "base64");
  if (!BASE64.test(text) || bytes.length % 4 !== 0) {
    return "answers a vector that is no base64 of float32";
  }
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}
