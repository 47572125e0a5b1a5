import { expect, it } from "vitest";
import { type PlanRequest, planPipeline } from "./plan.js";

const MILLION: PlanRequest = {
  rows: 1_000_000,
  classes: 100,
  folds: 10,
  nodes: 2,
  characters: 40,
  model: "albert",
  backend: "wasm",
};

const stageOf = (change: Partial<PlanRequest>, name: string) => {
  const { stages } = planPipeline({ ...MILLION, ...change });
  const found = stages.find(({ stage }) => stage === name);
  if (found === undefined) throw new Error(`no ${name} among ${stages.map(({ stage }) => stage)}`);
  return found;
};

it("has every stage from a file to a cleaned one, and sums what is not within another", () => {
  const plan = planPipeline(MILLION);
  expect(plan.stages.map(({ stage }) => stage)).toEqual([
    "ingest",
    "tokens",
    "folds",
    "linear part",
    "checkpoints",
    "voting epochs",
    "second round",
    "flags",
    "export",
  ]);
  const apart = plan.stages.filter(({ within }) => !within);
  expect(plan.seconds).toBeCloseTo(apart.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0));
  expect(plan.diskBytes).toBe(plan.stages.reduce((sum, { diskBytes }) => sum + diskBytes, 0));
  expect(plan.peakMemoryBytes).toBe(Math.max(...plan.stages.map((s) => s.memoryBytes ?? 0)));
});

it("nodes share the folds in turns; more than folds change nothing", () => {
  const seconds = (nodes: number) => stageOf({ nodes }, "folds").seconds as number;
  expect(seconds(1)).toBeCloseTo(2 * seconds(2));
  expect(seconds(3)).toBeCloseTo((4 * seconds(1)) / 10);
  expect(seconds(100)).toBeCloseTo(seconds(10));
  expect(stageOf({ nodes: 100 }, "folds").processes).toBe(10);
});

it("what depends on rows grows with them, an ingest's memory does not", () => {
  for (const stage of ["tokens", "folds", "flags"]) {
    const [small, large] = [stageOf({}, stage), stageOf({ rows: 10_000_000 }, stage)];
    expect(large.diskBytes / small.diskBytes).toBeCloseTo(10, 1);
  }
  const flags = (rows: number) => stageOf({ rows }, "flags").memoryBytes as number;
  expect(flags(10_000_000)).toBeGreaterThan(3 * flags(1_000_000));
  expect(stageOf({ rows: 10_000_000 }, "ingest").memoryBytes).toBe(
    stageOf({}, "ingest").memoryBytes,
  );
});

it("a second round that is left out takes nothing", () => {
  const [whole, without] = [
    planPipeline(MILLION),
    planPipeline({ ...MILLION, secondRound: false }),
  ];
  expect(without.stages.map(({ stage }) => stage)).not.toContain("second round");
  expect(without.peakMemoryBytes).toBeLessThan(whole.peakMemoryBytes / 5);
});

it("what a fold holds of many rows is a shard, and what it predicts", () => {
  const memory = (rows: number, classes: number, stage = "folds") =>
    stageOf({ rows, classes, folds: 20 }, stage).memoryBytes as number;
  const [few, many] = [3_000_000, 30_000_000];
  const predicted = (8 * (many - few) * 10) / 20;
  expect(memory(many, 10) - memory(few, 10)).toBeLessThan(1.15 * (predicted + (many - few)));
  expect(memory(many, 2) / memory(few, 2)).toBeLessThan(1.15);
  expect(memory(many, 10, "tokens")).toBeLessThan(500e6);
});

it("the quick model has one process and no tokens; a card is quicker than a processor", () => {
  const quick = planPipeline({ ...MILLION, model: "quick" });
  expect(quick.stages.map(({ stage }) => stage)).toEqual(["ingest", "folds", "flags", "export"]);
  expect(quick.stages[1]).toMatchObject({ processes: 1, seconds: null });
  const linear = planPipeline({ ...MILLION, model: "linear" });
  expect(linear.stages[1]?.seconds).toBeGreaterThan(0);
  const classes = { classes: 10 };
  expect(stageOf({ ...classes, backend: "tfjs-node-gpu" }, "folds").seconds).toBeLessThan(
    stageOf(classes, "folds").seconds as number,
  );
});
