import { expect, it } from "vitest";
import { AnnotatorStatistics } from "./annotator-profile.js";

/** Krippendorff 2011, section C: four coders, twelve units, nominal alpha 0.743. */
const CODERS = [
  "1 2 3 3 2 1 4 1 2 . . .",
  "1 2 3 3 2 2 4 1 2 5 . 3",
  ". 3 3 3 2 3 4 2 2 5 1 .",
  "1 2 3 3 2 4 4 1 2 5 1 .",
].map((line) => line.split(" "));

const votesOf = (unit: number) =>
  CODERS.flatMap((labels, annotator) =>
    labels[unit] === "." ? [] : [{ annotator, classIndex: Number(labels[unit]) }],
  );

it("alpha is that of Krippendorff's example, and rows of one vote do not count", () => {
  const statistics = new AnnotatorStatistics();
  for (let unit = 0; unit < 12; unit++) {
    const votes = votesOf(unit);
    statistics.add(votes[0]!.classIndex, votes);
  }
  const profile = statistics.profile(["a", "b", "c", "d"], ["", "1", "2", "3", "4", "5"]);
  expect(profile.alpha).toBeCloseTo(0.743, 3);
  expect(profile).toMatchObject({ votes: 41, severalVotes: 11, disagreeing: 3 });
  expect(profile.annotators.map(({ votes }) => votes)).toEqual([9, 11, 10, 11]);
  expect(profile.annotators[0]).toMatchObject({ name: "a", agreementWithLabel: 1 });
  expect(statistics.warnings()).toEqual([]);
});

it("what nobody can know is null: one class, one vote a row, an annotator without votes", () => {
  const same = new AnnotatorStatistics();
  same.add(0, [
    { annotator: 0, classIndex: 0 },
    { annotator: 1, classIndex: 0 },
  ]);
  expect(same.profile(["a", "b", "c"], ["x"])).toMatchObject({
    alpha: null,
    annotators: [
      { agreementWithOthers: 1 },
      { agreementWithOthers: 1 },
      { votes: 0, agreementWithLabel: null, agreementWithOthers: null },
    ],
  });
  const apart = new AnnotatorStatistics();
  apart.add(0, [{ annotator: 0, classIndex: 0 }]);
  apart.add(1, [{ annotator: 1, classIndex: 1 }]);
  expect(apart.profile(["a", "b"], ["x", "y"]).alpha).toBeNull();
  expect(apart.warnings()).toMatchObject([{ code: "no-overlap" }]);
});
