import type { Flag, PruningReport, ReviewReport } from "@winnow/contracts";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { PLAIN } from "../terminal/paint.js";
import { type PruningWithWorst, pruningLines } from "./pruning-report.js";

const ID = "pr_01a216e1-4cf7-754d-b926-49759afaba24";

const flag = (rank: number, own: Partial<Flag> = {}): Flag => ({
  sampleId: 100 + rank,
  ordinal: 10 * rank,
  line: 10 * rank + 2,
  externalId: `row-${rank}`,
  text: `A programmer talks about the source code, number ${rank}: what we know so far, and more`,
  given: "finance/banking",
  suggested: "technology/software",
  selfConfidence: 0.1,
  normalizedMargin: -0.9 + rank / 100,
  errorProbability: 0.9,
  errorOdds: 2.2,
  suggestedProbability: 0.8,
  stability: null,
  evidence: null,
  reason: {},
  fold: 0,
  rank,
  trueLabel: null,
  columns: [],
  review: null,
  ...own,
});

const REPORT: PruningReport = {
  counts: { examples: 6_000, flagged: 840 },
  thresholds: Array.from({ length: 12 }, () => 0.5),
  healthScore: 0.86,
  estimatedNoiseRate: 0.143,
  estimatedNoiseInterval: { low: 0.134, high: 0.152 },
  noise: {
    ...{ rate: 0.123, low: 0.078, high: 0.312 },
    readings: { confidentRows: 0.123, confidentJoint: 0.143, fittedMatrix: 0.08, doubt: 0.305 },
  },
  truth: null,
  stability: null,
  evidence: null,
  warnings: [{ code: "most-rows-flagged", message: "856 of 1500 rows are flagged: look at them" }],
};

const UNREVIEWED: ReviewReport = {
  ...{ flags: 840, confirmed: 0, rejected: 0, unsure: 0, precision: null },
  random: { confirmed: 0, rejected: 0, precision: null },
  pairs: [],
};

const pruning = (worst: readonly Flag[], report = REPORT): PruningWithWorst => ({
  reviews: UNREVIEWED,
  id: ID,
  crossValidationId: "cv_01a216e1-4cf7-754d-b926-49759afaba24",
  datasetId: "ds_01a216e1-4cf7-754d-b926-49759afaba24",
  jobId: "job_01a216e1-4cf7-754d-b926-49759afaba24",
  state: "ready",
  parameters: {},
  flagged: 840,
  report,
  sampledNoise: null,
  createdAt: "2026-11-26T00:00:00.000Z",
  finishedAt: "2026-11-26T00:00:00.000Z",
  worst,
});

const linesAt = (width: number, worst: readonly Flag[], report = REPORT) =>
  pruningLines(pruning(worst, report), width, PLAIN);

describe("a pruning's report", () => {
  it("has rate, interval, flags, warnings and the worst rows from 1", () => {
    const said = linesAt(100, [flag(1), flag(2)]).join("\n");
    expect(said).toContain(`${ID}  6,000 rows, 12 classes`);
    expect(said).toMatch(/estimated +12\.3 % {2}if wrong labels fall on rows at random/);
    expect(said).toMatch(/ +7\.8 % to 31\.2 % {2}if they repeat themselves/);
    expect(said).toMatch(/flagged +14\.0 % {2}840 of 6,000 rows/);
    expect(said).toMatch(/true +unknown/);
    expect(said).toContain("warning  most-rows-flagged: 856 of 1500 rows");
    expect(said).toContain("The 2 worst");
    expect(said).toMatch(
      /^ {2}1 +12 {2}row-1 +-0\.890 {2}finance\/banking → technology\/software$/m,
    );
    expect(said).toContain(`winnow export ${ID}`);
    expect(said).toContain("--top 100");
  });

  it("shows precision and recall side by side where the true labels are known", () => {
    const truth = {
      ...{ rows: 6_000, errors: 700, noiseRate: 0.117, precision: 0.715, recall: 0.835, f1: 0.77 },
      averagePrecision: { normalizedMargin: 0.8, posterior: 0.85, errorOdds: 0.9 },
      totalVariation: 0.05,
    };
    const said = linesAt(80, [flag(1)], { ...REPORT, truth }).join("\n");
    expect(said).toMatch(/true +11\.7 %/);
    expect(said).toContain("0.900 by error odds, 0.800 by margin, 0.850 by posterior");
    expect(said).toMatch(/precision +71\.5 %[^\n]*\n +recall +83\.5 %/);
  });

  it.each([40, 60, 80, 120, 200])("fits %i columns, whatever names, ids and texts are", (width) => {
    const worst = [
      flag(1, { externalId: "6552368441838272771-and-a-very-long-tail", line: 1_234_567 }),
      flag(2, {
        externalId: null,
        text: "足球比赛的标题没有空格".repeat(20),
        given: "体育新闻与足球",
      }),
      flag(3, { text: "a\u001b[31mb\nc\u202ed", suggested: "x".repeat(300) }),
      flag(20, { text: "👩‍👩‍👧".repeat(60) }),
    ];
    for (const line of linesAt(width, worst)) {
      // Ids and commands are copied: they stay whole.
      if (line.includes(ID)) continue;
      expect(stringWidth(line), line).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it("puts texts beside the rest where there is room, else below", () => {
    const wide = linesAt(160, [flag(1)]);
    expect(wide.find((line) => line.includes("row-1"))).toContain("A programmer talks");
    const narrow = linesAt(80, [flag(1)]);
    expect(narrow.find((line) => line.includes("row-1"))).not.toContain("A programmer");
    expect(narrow).toContainEqual(expect.stringMatching(/^ {4}A programmer talks/));
  });

  it("leaves ids out where no row has one, and says when nothing is flagged", () => {
    expect(linesAt(80, [flag(1, { externalId: null })]).join("\n")).not.toMatch(/\bid\b/);
    expect(linesAt(80, []).join("\n")).toContain("no label was flagged");
  });

  it("says how far the review is, and how often the flags were right", () => {
    const wilson = { method: "wilson" } as const;
    const reviews: ReviewReport = {
      ...{ flags: 840, confirmed: 15, rejected: 5, unsure: 1 },
      precision: { ...wilson, estimate: 0.75, low: 0.505, high: 0.898 },
      random: {
        ...{ confirmed: 7, rejected: 3 },
        precision: { ...wilson, estimate: 0.7, low: 0.397, high: 0.892 },
      },
      pairs: [],
    };
    const said = pruningLines({ ...pruning([flag(1)]), reviews }, 100, PLAIN).join("\n");
    expect(said).toMatch(/decided +21 of 840 flags {2}15 right, 5 wrong, 1 unsure/);
    expect(said).toMatch(/ +75\.0 % {2}50\.5 % to 89\.8 % {2}of these flags are right/);
    expect(said).toMatch(/ +70\.0 % {2}39\.7 % to 89\.2 % {2}of all flags, by those met in random/);
    expect(linesAt(80, [flag(1)]).join("\n")).not.toContain("decided");
  });

  it("says first what people found in a random sample", () => {
    const share = { estimate: 0.1, low: 0.08, high: 0.125, method: "square-and-add" } as const;
    const sampledNoise = {
      ...{ sampleId: "rs_01a216e1-4cf7-754d-b926-49759afaba24", counted: 400, noiseRate: share },
      precision: { ...share, estimate: 0.7, low: 0.61, high: 0.78 },
      recall: null,
    };
    const said = pruningLines({ ...pruning([flag(1)]), sampledNoise }, 100, PLAIN).join("\n");
    expect(said).toMatch(
      /sampled +10\.0 % {2}8\.0 % to 12\.5 % {2}by 400 reviewed rows of a random sample\n +70\.0 % {2}61\.0 % to 78\.0 % {2}of the flagged labels are wrong/,
    );
    expect(said.indexOf("sampled ")).toBeLessThan(said.indexOf("estimated "));
    expect(said).not.toContain("of the wrong labels are flagged");
  });

  it("of an earlier version has the joint's rate, with a warning", () => {
    const said = linesAt(120, [flag(1)], { ...REPORT, noise: null }).join("\n");
    expect(said).toMatch(/estimated +14\.3 % {2}as the model sees it: hard errors are missing/);
  });
});
