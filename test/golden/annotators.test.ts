import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { arraySource, consensusLabels, votesOfTable } from "@winnow/confident-learning";
import { describe, expect, it } from "vitest";

/** Made-up votes, and what cleanlab 2.9.0 says of them. */
interface Case {
  readonly annotatorLabels: readonly (readonly (number | null)[])[];
  readonly probs: readonly (readonly number[])[];
  readonly trueLabels: readonly number[];
  readonly consensus: readonly number[];
  readonly consensusQuality: readonly number[];
  readonly annotatorAgreement: readonly number[];
  readonly labelQuality: readonly (readonly (number | null)[])[];
  readonly annotators: readonly {
    readonly quality: number;
    readonly agreementWithConsensus: number;
    readonly worstClass: number;
    readonly labeled: number;
  }[];
}

const file = new URL("annotators.json.gz", import.meta.url);
const cases = Object.entries(
  JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, Case>,
);

// The library breaks ties of the vote by rules that the paper does not state.
const EXACT: Readonly<Record<string, number>> = { small: 1e-8, many: 1e-8 };
const TOLERANCE = 0.02;

describe("the recorded answers of cleanlab for several annotators", () => {
  it("are four cases", () => {
    expect(cases.map(([name]) => name)).toEqual(["small", "sparse", "many", "weak_model"]);
  });

  it.each(cases)("%s has the same consensus in every row", async (name, recorded) => {
    const { annotatorLabels, probs, trueLabels } = recorded;
    const votes = votesOfTable(
      annotatorLabels.flat().map((label) => label ?? -1),
      annotatorLabels[0]!.length,
    );
    const source = arraySource(
      new Int32Array(probs.length),
      Float64Array.from(probs.flat()),
      probs[0]!.length,
    );
    const ours = await consensusLabels(votes, source);
    expect([...ours.labels]).toEqual(recorded.consensus);
    const tolerance = EXACT[name] ?? TOLERANCE;
    expect(furthest(ours.quality, recorded.consensusQuality)).toBeLessThan(tolerance);
    const labelQuality = recorded.labelQuality.flat().filter((quality) => quality !== null);
    expect(furthest(ours.voteQuality, labelQuality)).toBeLessThan(tolerance);
    expect(furthest(ours.agreement, recorded.annotatorAgreement)).toBeLessThan(1e-8);

    const by = <K extends string>(list: readonly Record<K, number>[], key: K) =>
      list.map((one) => one[key]);
    const { annotators } = ours;
    expect(by(annotators, "votes")).toEqual(by(recorded.annotators, "labeled"));
    // The library has a rule of its own for classes that agree equally often.
    const worst = recorded.annotators.filter(
      ({ worstClass }, j) => worstClass !== annotators[j]!.worstClass,
    );
    expect(worst.length).toBeLessThanOrEqual(1);
    const agreement = by(annotators, "agreementWithConsensus");
    expect(furthest(agreement, by(recorded.annotators, "agreementWithConsensus"))).toBeLessThan(
      1e-8,
    );
    const theirs = by(recorded.annotators, "quality");
    expect(furthest(by(annotators, "quality"), theirs)).toBeLessThan(TOLERANCE);
    expect(spearman(by(annotators, "quality"), theirs)).toBeGreaterThanOrEqual(0.9);

    const right = (labels: ArrayLike<number>) =>
      trueLabels.filter((label, i) => label === labels[i]).length;
    expect(right(ours.labels)).toBeGreaterThanOrEqual(right(ours.majority));
  });
});

function furthest(own: ArrayLike<number>, theirs: readonly number[]): number {
  expect(own.length).toBe(theirs.length);
  return Math.max(...theirs.map((value, i) => Math.abs(value - own[i]!)));
}

/** The rank correlation of values without ties. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]) =>
    values.map((value) => values.filter((other) => other < value).length);
  const [first, second] = [ranks(a), ranks(b)];
  const squares = first.reduce((sum, rank, i) => sum + (rank - second[i]!) ** 2, 0);
  const n = a.length;
  return 1 - (6 * squares) / (n * (n * n - 1));
}
