// One measurement in its own process: node measure.mjs memory|write|file OPTIONS, answers in JSON.

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { arraySource, findLabelIssues } from "@winnow/confident-learning";
import { floatBlocks, npyHeader, readNpy } from "@winnow/npy";
import { matrix, matrixBlocks } from "./matrix.mjs";

const k = 428;
const seed = 20_261_124;
const [what, text] = process.argv.slice(2);
const options = JSON.parse(text);
const measurements = { memory, write, file };
const answer = await measurements[what](options);
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ ...answer, megabytes }));

async function memory({ n, joint, threads }) {
  const { labels, probs } = matrix({ n, k, joint, seed, shared: threads > 1 });
  const find = async () => {
    const issues = await findLabelIssues(arraySource(labels, probs, k), withThreads(threads));
    if (issues.confidentJoint.length !== k) throw new Error("no joint");
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

async function write({ n, joint, file }) {
  const stream = createWriteStream(file);
  stream.write(npyHeader({ dtype: "float32", shape: [n, k] }));
  for (const { probs } of matrixBlocks({ n, k, joint, seed })) {
    if (!stream.write(new Uint8Array(probs.buffer))) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "finish");
  return {};
}

async function file({ n, joint, file: path, threads }) {
  const labels = new Int32Array(n);
  // the labels come from the generator: only its current block is in memory
  for (const block of matrixBlocks({ n, k, joint, seed })) labels.set(block.labels, block.start);
  const source = {
    n,
    k,
    dtype: "float32",
    async *blocks() {
      for await (const { start, rows, values } of rowsOf(path)) {
        yield { start, rows, labels: labels.subarray(start, start + rows), probs: values };
      }
    },
  };
  const readOnce = async () => {
    let rows = 0;
    for await (const block of rowsOf(path)) rows += block.rows;
    return rows;
  };
  const readSeconds = 3 * (await best(n > 1_000_000 ? 1 : 3, readOnce));
  let flagged = 0;
  const seconds = await best(n > 1_000_000 ? 1 : 2, async () => {
    const issues = await findLabelIssues(source, withThreads(threads));
    flagged = issues.indices.length;
  });
  return { seconds, readSeconds, flagged };
}

async function* rowsOf(path) {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  yield* floatBlocks(await readNpy(stream), { reuseMemory: true });
}

function withThreads(threads) {
  return threads === undefined || threads === 1 ? {} : { threads };
}

function plainSum(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

/** The least of some runs, in seconds. */
async function best(rounds, work) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const result = await work();
    least = Math.min(least, (performance.now() - begin) / 1000);
    if (result === -1) throw new Error("never");
  }
  return least;
}
