import { describe, expect, it } from "vitest";
import { generator, randomMatrix } from "../../oracle/random-matrix.js";
import { type SlowInput, type SlowOptions, slowLoop } from "../../oracle/slow-loop.js";
import { arraySource, type FindOptions, findLabelIssues } from "../index.js";
import { METHODS, type Method, ORDERS, type Order } from "../input/options.js";

const MATRICES = 2_000;
const PARTS = 8;

describe("the streaming core against a slow loop over the specification", () => {
  it.each(Array.from({ length: PARTS }, (_, part) => part))(
    "agrees in every method on 250 random matrices (part %i)",
    async (part) => {
      for (let run = part; run < MATRICES; run += PARTS) {
        const random = generator(run);
        const input = randomMatrix(random);
        for (const method of METHODS) {
          const semantics = random() < 0.5 ? "cleanlab-1.0.1" : "cleanlab-2";
          await agree(run, input, drawOptions(random, method, semantics, input), random);
        }
      }
    },
    120_000,
  );
});

function drawOptions(
  random: () => number,
  method: Method,
  semantics: SlowOptions["semantics"],
  input: SlowInput,
): SlowOptions {
  const { k, labels } = input;
  const counts = Array.from({ length: k }, (_, c) => labels.filter((s) => s === c).length);
  return {
    semantics,
    method,
    order: ORDERS[Math.floor(random() * ORDERS.length)]!,
    adjust: random() < 0.2,
    fracNoise: random() < 0.3 ? 0.05 + 0.95 * random() : 1,
    removals: random() < 0.1 ? counts.map((count) => Math.floor(random() * count)) : undefined,
    keep: random() < 0.3 ? Math.floor(7 * random()) : undefined,
    paper: random() < 0.2,
    calibrated: random() < 0.9,
    float32: random() < 0.5,
    posteriorCount: random() < 0.5 ? "argmax" : "prune_by_noise_rate",
    posteriorCut: random() < 0.2 ? random() : undefined,
    errorOddsCut: random() < 0.2 ? 6 * random() - 3 : undefined,
  };
}

async function agree(
  run: number,
  input: SlowInput,
  options: SlowOptions,
  random: () => number,
): Promise<void> {
  const { labels, probs, k, single } = input;
  const slow = slowLoop(input, options);
  const flat = single ? Float32Array.from(probs.flat()) : Float64Array.from(probs.flat());
  const rowsPerBlock = 1 + Math.floor(random() * (labels.length + 2));
  const ours = await findLabelIssues(
    arraySource(labels, flat, k, rowsPerBlock),
    findOptions(options),
  );
  const where = `matrix ${run}, ${JSON.stringify({ ...options, rowsPerBlock })}`;
  expect([...ours.thresholds], where).toEqual(slow.thresholds);
  expect(ours.confidentJointRaw, where).toEqual(slow.raw);
  expect(ours.confidentJoint, where).toEqual(slow.calibrated);
  expect([...ours.indices], where).toEqual(slow.indices);
  expect(ours.counts.prunedBeforeAgreement, where).toBe(slow.prunedBeforeAgreement);
  expect(ours.counts.labelIssues, where).toBe(slow.labelIssues);
  const byOdds = options.method === "error_odds" || options.order === "error_odds";
  const byPosterior = byOdds || options.method === "posterior" || options.order === "posterior";
  for (const flag of ours.flags) {
    expect(flag.errorProbability, where).toBe(slow.errorProbability[flag.index]);
    expect(flag.errorOdds, where).toBe(byOdds ? slow.errorOdds[flag.index] : undefined);
    if (!byPosterior) continue;
    expect(flag.suggested, where).toBe(slow.suggested[flag.index]);
    expect(flag.suggestedProbability, where).toBe(slow.suggestedProbability[flag.index]);
  }
}

function findOptions(options: SlowOptions): FindOptions {
  return {
    semantics: options.semantics,
    method: options.method as Method,
    order: options.order as Order,
    adjust: options.adjust,
    fracNoise: options.fracNoise,
    collision: options.paper ? "paper" : "cleanlab",
    calibrated: options.calibrated,
    precision: options.float32 ? "float32" : "source",
    posteriorCount: options.posteriorCount,
    ...(options.removals && { numToRemovePerClass: options.removals }),
    ...(options.keep !== undefined && { keepAtLeastPerClass: options.keep }),
    ...(options.posteriorCut !== undefined && { posteriorCut: options.posteriorCut }),
    ...(options.errorOddsCut !== undefined && { errorOddsCut: options.errorOddsCut }),
  };
}
