import { createRandom } from "@winnow/numeric";
import { describe, expect, it } from "vitest";
import { allocate, expectedHalfWidth, sizeFor } from "./sample-size.js";
import { type Share, type Stratum, stratifiedShares } from "./stratified.js";

interface Part {
  readonly rows: number;
  readonly wrong: number;
}

/** Draws `drawn` of the part's rows without repetition. */
function draw({ rows, wrong }: Part, drawn: number, random: () => number, doubt = 0): Stratum {
  const found = { wrong: 0, right: 0, unsure: 0 };
  let [left, leftWrong] = [rows, wrong];
  for (let i = 0; i < drawn; i++) {
    const isWrong = random() < leftWrong / left;
    left -= 1;
    if (isWrong) leftWrong -= 1;
    if (random() < doubt) found.unsure += 1;
    else found[isWrong ? "wrong" : "right"] += 1;
  }
  return { rows, ...found };
}

const SIMULATIONS = 200;
/** What the issue of noise sampling asks: the interval holds the truth in so many of them at least. */
const AT_LEAST = 180;

const holds = (share: Share | null, truth: number) =>
  share !== null && share.low <= truth + 1e-12 && truth <= share.high + 1e-12;

interface Population {
  readonly flagged: Part;
  readonly unflagged: Part;
  readonly drawn: { readonly flagged: number; readonly unflagged: number };
}

const population = (
  flagged: readonly [rows: number, wrong: number],
  unflagged: readonly [rows: number, wrong: number],
  drawn: readonly [flagged: number, unflagged: number],
): Population => ({
  flagged: { rows: flagged[0], wrong: flagged[1] },
  unflagged: { rows: unflagged[0], wrong: unflagged[1] },
  drawn: { flagged: drawn[0], unflagged: drawn[1] },
});

const POPULATIONS: Record<string, Population> = {
  "12 % noise, good flags": population([900, 650], [5100, 70], [100, 300]),
  "5 % noise": population([400, 250], [9600, 250], [80, 220]),
  "35 % noise": population([4000, 3200], [6000, 300], [150, 150]),
  "half of the labels wrong": population([5000, 4500], [5000, 500], [100, 100]),
  "one wrong row in a thousand": population([100, 8], [9900, 2], [50, 350]),
  "one wrong row in all": population([20, 0], [4980, 1], [10, 200]),
  "no wrong row": population([50, 0], [950, 0], [20, 80]),
  "every row wrong": population([700, 700], [300, 300], [40, 40]),
  "errors only where nothing is flagged": population([300, 0], [2700, 270], [40, 160]),
  "errors only in flags": population([300, 300], [2700, 0], [40, 160]),
  "five flags": population([5, 3], [1995, 40], [5, 195]),
  "nearly all rows flagged": population([1900, 600], [100, 1], [120, 40]),
  "half of all rows drawn": population([60, 40], [240, 12], [30, 120]),
  "all rows drawn": population([60, 40], [240, 12], [60, 240]),
  "two rows of each": population([500, 300], [500, 20], [2, 2]),
  "a million rows": population([60_000, 40_000], [940_000, 12_000], [200, 400]),
};

describe("intervals of a stratified sample", () => {
  it.each(Object.entries(POPULATIONS))(
    "hold the truth in at least 180 of 200 draws: %s",
    (_name, { flagged, unflagged, drawn }) => {
      const wrong = flagged.wrong + unflagged.wrong;
      const truth = {
        noiseRate: wrong / (flagged.rows + unflagged.rows),
        precision: flagged.wrong / flagged.rows,
        recall: wrong === 0 ? 1 : flagged.wrong / wrong,
      };
      const held = { noiseRate: 0, precision: 0, recall: 0 };
      for (let seed = 0; seed < SIMULATIONS; seed++) {
        const random = createRandom(seed).uniform;
        const shares = stratifiedShares(
          draw(flagged, drawn.flagged, random),
          draw(unflagged, drawn.unflagged, random),
        );
        held.noiseRate += holds(shares.noiseRate, truth.noiseRate) ? 1 : 0;
        held.precision += holds(shares.precision, truth.precision) ? 1 : 0;
        // Of no wrong row there is no recall to be wrong about.
        held.recall += shares.recall === null || holds(shares.recall, truth.recall) ? 1 : 0;
      }
      expect(held.noiseRate).toBeGreaterThanOrEqual(AT_LEAST);
      expect(held.precision).toBeGreaterThanOrEqual(AT_LEAST);
      expect(held.recall).toBeGreaterThanOrEqual(AT_LEAST);
    },
  );

  it("holds it in at least 94 % of 4,000 draws of every population, and is not as wide as to say nothing", () => {
    for (const [name, { flagged, unflagged, drawn }] of Object.entries(POPULATIONS)) {
      const rows = flagged.rows + unflagged.rows;
      const truth = (flagged.wrong + unflagged.wrong) / rows;
      const random = createRandom(17).uniform;
      let held = 0;
      for (let i = 0; i < 4000; i++) {
        const { noiseRate } = stratifiedShares(
          draw(flagged, drawn.flagged, random),
          draw(unflagged, drawn.unflagged, random),
        );
        if (holds(noiseRate, truth)) held += 1;
      }
      expect(held / 4000, name).toBeGreaterThan(0.94);
    }
    const { noiseRate } = stratifiedShares(
      { rows: 900, wrong: 72, right: 28, unsure: 0 },
      { rows: 5100, wrong: 4, right: 296, unsure: 0 },
    );
    expect(noiseRate!.estimate).toBeCloseTo(0.1193, 3);
    expect(noiseRate!.high - noiseRate!.low).toBeLessThan(0.05);
  });

  it("holds it also where a tenth of the rows, or all wrong ones, are left unsure", () => {
    const { flagged, unflagged, drawn } = POPULATIONS["12 % noise, good flags"]!;
    const truth = (flagged.wrong + unflagged.wrong) / (flagged.rows + unflagged.rows);
    for (const doubtWrong of [0.1, 1]) {
      let held = 0;
      for (let seed = 0; seed < SIMULATIONS; seed++) {
        const random = createRandom(seed).uniform;
        const unsure = (one: Stratum): Stratum => {
          const moved = doubtWrong === 1 ? one.wrong : 0;
          return { ...one, wrong: one.wrong - moved, unsure: one.unsure + moved };
        };
        const doubt = doubtWrong === 1 ? 0 : doubtWrong;
        const { noiseRate } = stratifiedShares(
          unsure(draw(flagged, drawn.flagged, random, doubt)),
          unsure(draw(unflagged, drawn.unflagged, random, doubt)),
        );
        if (holds(noiseRate, truth)) held += 1;
      }
      expect(held).toBeGreaterThanOrEqual(AT_LEAST);
    }
  });

  it("says nothing of a stratum of which nothing was decided", () => {
    const nothing = { wrong: 0, right: 0, unsure: 0 };
    const seen = { rows: 100, wrong: 5, right: 5, unsure: 0 };
    const { noiseRate, precision, recall } = stratifiedShares(seen, { rows: 900, ...nothing });
    expect([noiseRate, recall]).toEqual([null, null]);
    expect(precision).toMatchObject({ estimate: 0.5 });
    expect(stratifiedShares({ rows: 100, ...nothing }, seen)).toEqual({
      ...{ noiseRate: null, precision: null, recall: null },
    });
    // A stratum without rows is known.
    expect(stratifiedShares({ rows: 0, ...nothing }, seen).noiseRate).toMatchObject({
      estimate: 0.5,
    });
  });
});

describe("the size of a sample", () => {
  const flagged = { rows: 900, wrong: 0.6 };
  const unflagged = { rows: 5100, wrong: 0.02 };

  it("is the least whose expected interval is as short as wanted", () => {
    for (const halfWidth of [0.01, 0.02, 0.05]) {
      const size = sizeFor(halfWidth, flagged, unflagged);
      expect(expectedHalfWidth(size, flagged, unflagged)).toBeLessThanOrEqual(halfWidth);
      expect(expectedHalfWidth(Math.floor(size * 0.9), flagged, unflagged)).toBeGreaterThan(
        halfWidth,
      );
    }
    expect(sizeFor(1e-9, flagged, unflagged)).toBe(6000);
  });

  it("is shared out between the strata, each with a fifth at least and no more than it has", () => {
    for (const size of [1, 2, 10, 400, 5999, 6000, 9000]) {
      const drawn = allocate(size, flagged, unflagged);
      expect(drawn.flagged + drawn.unflagged).toBe(Math.min(size, 6000));
      expect(drawn.flagged).toBeLessThanOrEqual(900);
      expect(drawn.unflagged).toBeLessThanOrEqual(5100);
      if (size === 400) expect(Math.min(drawn.flagged, drawn.unflagged)).toBeGreaterThanOrEqual(80);
    }
    expect(allocate(10, { rows: 0, wrong: 0.5 }, { rows: 40, wrong: 0.1 })).toEqual({
      ...{ flagged: 0, unflagged: 10 },
    });
  });
});
