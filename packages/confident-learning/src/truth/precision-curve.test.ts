import { expect, it } from "vitest";
import { generator, randomMatrix } from "../../oracle/random-matrix.js";
import { arraySource, findLabelIssues, precisionCurve } from "../index.js";

it.each([1, 2, 3, 4])(
  "sums of steps are counts above a score, rows of equal score together (seed %i)",
  async (seed) => {
    const random = generator(seed * 104_729);
    const { labels, probs: rows, k } = randomMatrix(random);
    const truth = Int32Array.from(labels, (label) =>
      random() < 0.1 ? -1 : random() < 0.7 ? label : Math.floor(random() * k),
    );
    const source = arraySource(labels, Float64Array.from(rows.flat()), k);
    const issues = await findLabelIssues(source, { order: "error_odds", everyRow: true });
    for (const order of ["error_odds", "posterior"] as const) {
      const steps = precisionCurve(issues, truth, order)!;
      const scores =
        order === "error_odds" ? issues.everyRow!.errorOdds! : issues.everyRow!.errorProbability;
      const known = [...truth.keys()].filter((i) => truth[i]! >= 0);
      let [counted, wrong] = [0, 0];
      for (const step of steps) {
        counted += step.rows;
        wrong += step.wrong;
        const above = known.filter((i) => scores[i]! >= step.score);
        expect(counted).toBe(above.length);
        expect(wrong).toBe(above.filter((i) => truth[i] !== labels[i]).length);
      }
      expect(counted).toBe(known.length);
      expect(steps.length).toBeLessThanOrEqual(256);
    }
  },
);

it("without the odds there is no curve of them", async () => {
  const source = arraySource(
    [0, 1, 0, 1],
    Float64Array.from([0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7]),
    2,
  );
  const issues = await findLabelIssues(source, { order: "normalized_margin", everyRow: true });
  expect(precisionCurve(issues, [0, 1, 0, 1], "error_odds")).toBeUndefined();
});
