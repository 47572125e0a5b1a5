import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-matrix.js";
import { randomVotes, type SlowVotes, slowConsensus } from "../../oracle/slow-annotators.js";
import { arraySource, consensusLabels, majorityVotes, votesOfTable } from "../index.js";

const CASES = 500;

function consensusOf({ table, probs, k }: SlowVotes, rowsPerBlock?: number) {
  const votes = votesOfTable(
    table.flat().map((label) => label ?? -1),
    table[0]!.length,
  );
  const none = new Int32Array(table.length);
  const source = arraySource(none, Float64Array.from(probs.flat()), k, rowsPerBlock);
  return consensusLabels(votes, source);
}

describe("the consensus against a slow loop over the formulas", () => {
  it(`is the same to the bit in ${CASES} random cases, whatever the blocks`, async () => {
    for (let run = 0; run < CASES; run++) {
      const random = generator(run);
      const input = randomVotes(random);
      const slow = slowConsensus(input);
      const ours = await consensusOf(input, 1 + Math.floor(random() * input.table.length));
      const where = `case ${run}`;
      expect([...ours.labels], where).toEqual(slow.labels);
      expect([...ours.quality], where).toEqual(slow.quality);
      expect([...ours.majority], where).toEqual(slow.majority);
      expect([...ours.agreement], where).toEqual(slow.agreement);
      const given = slow.voteQuality.flat().filter((quality) => quality !== null);
      expect([...ours.voteQuality], where).toEqual(given);
      expect(ours.modelWeight, where).toBe(slow.modelWeight);
      const by = ours.annotators;
      expect(
        by.map(({ weight }) => weight),
        where,
      ).toEqual(slow.weights);
      expect(
        by.map(({ worstClass }) => worstClass),
        where,
      ).toEqual(slow.worstClass);
      expect(
        by.map(({ quality }) => quality),
        where,
      ).toEqual(slow.annotatorQuality);
    }
  });
});

describe("three annotators on 200 generated sets", () => {
  it("the consensus is right more often than the majority vote, with ties broken by the model too", async () => {
    const gains: number[] = [];
    const gainsOverTies: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const input = threeAnnotators(generator(seed + 1));
      const { labels, majority } = await consensusOf(input);
      const flat = input.table.flat().map((label) => label ?? -1);
      const plain = majorityVotes(votesOfTable(flat, 3), input.k);
      const right = share(labels, input.truth);
      gains.push(right - share(plain, input.truth));
      gainsOverTies.push(right - share(majority, input.truth));
    }
    expect(mean(gains)).toBeGreaterThan(0.04);
    expect(mean(gainsOverTies)).toBeGreaterThan(0);
  });
});

/**
 * Annotators who are right in 55 to 95 % of their votes and leave out a fifth of the rows, and a model
 * whose probabilities are right as often as they say, in about 84 % of the rows.
 */
function threeAnnotators(random: () => number): SlowVotes & { readonly truth: number[] } {
  const below = (limit: number) => Math.floor(random() * limit);
  const k = 2 + below(4);
  const skills = [0, 1, 2].map(() => 0.55 + 0.4 * random());
  const truth = Array.from({ length: 150 }, () => below(k));
  const table = truth.map((own) => {
    const row = skills.map((skill) => (random() < 0.2 ? null : random() < skill ? own : below(k)));
    return row.every((label) => label === null) ? [own, null, null] : row;
  });
  const spread = 2;
  const probs = truth.map((own) => {
    const scores = Array.from({ length: k }, (_, c) =>
      Math.exp(spread * normal(random) + (c === own ? spread * spread : 0)),
    );
    const total = scores.reduce((a, b) => a + b);
    return scores.map((x) => x / total);
  });
  return { table, probs, k, truth };
}

const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const share = (labels: Int32Array, truth: readonly number[]) =>
  labels.filter((label, i) => label === truth[i]).length / labels.length;
