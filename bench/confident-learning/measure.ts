// One measurement in its own process, `memory|write|file OPTIONS` as JSON; it answers in JSON.

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { arraySource, findLabelIssues, type ProbabilitySource } from "@winnow/confident-learning";
import { floatBlocks, npyHeader, readNpy } from "@winnow/npy";
import { type MatrixOptions, matrix, matrixBlocks } from "./matrix.js";

const K = 428;
const SEED = 20_261_124;

export interface Options extends Pick<MatrixOptions, "n" | "joint"> {
  readonly threads?: number;
  /** The npy file that is written or read. */
  readonly file?: string;
}

interface InMemory {
  readonly seconds: number;
  /** Of a plain sum over the same matrix. */
  readonly sumSeconds: number;
  readonly sums: number;
  readonly flagged: number;
}

interface FromFile {
  readonly seconds: number;
  /** Of reading the file as often as the answer needs it. */
  readonly readSeconds: number;
  readonly flagged: number;
}

type Peak = { readonly megabytes: number };

/** What each measurement answers. */
export interface Measured {
  readonly memory: InMemory & Peak;
  readonly write: Peak;
  readonly file: FromFile & Peak;
}
export type Measurement = keyof Measured;

const measurements = { memory, write, file };
const [what, text] = process.argv.slice(2);
const answer = await measurements[what as Measurement](JSON.parse(text!) as Options);
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ ...answer, megabytes }));

async function memory({ n, joint, threads = 1 }: Options): Promise<InMemory> {
  const { labels, probs } = matrix({ n, k: K, joint, seed: SEED, shared: threads > 1 });
  const find = async () => {
    const issues = await findLabelIssues(arraySource(labels, probs, K), withThreads(threads));
    if (issues.confidentJoint.length !== K) throw new Error("no joint");
    return issues.indices.length;
  };
  const flagged = await find();
  let seconds = Number.POSITIVE_INFINITY;
  let sumSeconds = Number.POSITIVE_INFINITY;
  // by turns, so that a busy machine slows both
  for (let round = 0; round < (n > 200_000 ? 8 : 20); round++) {
    sumSeconds = Math.min(sumSeconds, await best(2, () => plainSum(probs)));
    seconds = Math.min(seconds, await best(1, find));
  }
  return { seconds, sumSeconds, sums: seconds / sumSeconds, flagged };
}

async function write({ n, joint, file: path }: Options): Promise<object> {
  const stream = createWriteStream(path!);
  stream.write(npyHeader({ dtype: "float32", shape: [n, K] }));
  for (const { probs } of matrixBlocks({ n, k: K, joint, seed: SEED })) {
    if (!stream.write(new Uint8Array(probs.buffer))) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
  return {};
}

async function file({ n, joint, file: path, threads = 1 }: Options): Promise<FromFile> {
  const labels = new Int32Array(n);
  // the labels come from the generator: only its current block is in memory
  for (const block of matrixBlocks({ n, k: K, joint, seed: SEED }))
    labels.set(block.labels, block.start);
  const source: ProbabilitySource = {
    n,
    k: K,
    dtype: "float32",
    async *blocks() {
      for await (const { start, rows, values } of rowsOf(path!)) {
        yield { start, rows, labels: labels.subarray(start, start + rows), probs: values };
      }
    },
  };
  const readOnce = async () => {
    let rows = 0;
    for await (const block of rowsOf(path!)) rows += block.rows;
    return rows;
  };
  const readSeconds = 3 * (await best(n > 1_000_000 ? 1 : 3, readOnce));
  let flagged = 0;
  const seconds = await best(n > 1_000_000 ? 1 : 2, async () => {
    const issues = await findLabelIssues(source, withThreads(threads));
    flagged = issues.indices.length;
    return flagged;
  });
  return { seconds, readSeconds, flagged };
}

async function* rowsOf(path: string) {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  yield* floatBlocks(await readNpy(stream), { reuseMemory: true });
}

function withThreads(threads: number): { threads?: number } {
  return threads === 1 ? {} : { threads };
}

function plainSum(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

/** The least of some runs, in seconds. */
async function best(rounds: number, work: () => number | Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const result = await work();
    least = Math.min(least, (performance.now() - begin) / 1000);
    if (result === -1) throw new Error("never");
  }
  return least;
}
