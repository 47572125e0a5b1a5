import { blocksOf, Standard, type VectorSource } from "../gaussian/vectors.js";
import { ClassSums } from "./class-sums.js";
import type { TypicalityOptions } from "./text-typicality.js";

const BLOCK = 1024;

/**
 * The same by vectors: the larger cosine of a row's vector, minus the mean of all, with the sum of the
 * other rows of its class, or of the other class that it may belong to; -1 to 1. Reads the vectors three
 * times; memory: a vector a class. Throws `invalid-vectors`, `cancelled`.
 */
export async function vectorTypicality(
  source: VectorSource,
  { labels, k, others, signal, onProgress }: TypicalityOptions,
): Promise<Float32Array> {
  const { n, d } = source;
  const standard = await Standard.of(source, signal);
  const sums = new ClassSums(k, d);
  const columns = Int32Array.from({ length: d }, (_, c) => c);
  const vector = new Float64Array(d);
  const found = new Float32Array(n);
  const eachRow = async (pass: number, use: (row: number) => void) => {
    for await (const { start, rows, values } of blocksOf(source, BLOCK, signal)) {
      for (let i = 0; i < rows; i++) {
        standard.write(values, i * d, vector, 0, 1);
        use(start + i);
      }
      onProgress?.((pass + (start + rows) / n) / 2);
    }
  };
  await eachRow(0, (row) => {
    for (let c = 0; c < d; c++) sums.add(labels[row]!, c, vector[c]!);
  });
  sums.close();
  await eachRow(1, (row) => {
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    const cosine = (c: number) =>
      sums.cosine(c, sums.dot(c, columns, vector, d), length, c === labels[row]);
    found[row] = Math.max(cosine(labels[row]!), cosine(others[row]!));
  });
  return found;
}
