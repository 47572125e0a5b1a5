import type { Flag, PruningReport } from "@winnow/contracts";
import { npyHeader, parseNpyHeader } from "@winnow/npy";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv } from "../../support/service-steps.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 360_000 });

const CLASSES = ["sports/football", "sports/tennis", "money/bank", "money/stocks"];
const ROWS = 400;
/** Given as the class of their number; the model is sure of another one: rows, and how sure. */
const ACROSS = [0, 1, 2, 3, 4, 5, 6, 7];
const SISTERS = [40, 41, 42, 43, 44, 45, 46, 47];

let service: TestService;
let crossValidationId: string;

beforeAll(async () => {
  service = await openService();
  const lines = Array.from({ length: ROWS }, (_, i) => `text number ${i},${CLASSES[i % 4]}`);
  const datasetId = await ingestCsv(service, `text,label\n${lines.join("\n")}\n`, { type: "csv" });
  const { data } = await service.client.call("listDatasetClasses", { params: { id: datasetId } });
  const indexOf = (name: string) => data.find((one) => one.name === name)!.index;
  const probs = new Float32Array(ROWS * 4).fill(0.02);
  for (let i = 0; i < ROWS; i++) {
    const c = i % 4;
    // Across parents the model is less sure than between sisters.
    const [guess, sure] = ACROSS.includes(i)
      ? [(c + 2) % 4, 0.95]
      : SISTERS.includes(i)
        ? [c ^ 1, 0.99]
        : [c, 0.9];
    const rest = (1 - sure) / 3;
    for (const [j, name] of CLASSES.entries()) {
      probs[4 * i + indexOf(name)] = j === guess ? sure : rest;
    }
  }
  const npy = Buffer.concat([
    npyHeader({ dtype: "float32", shape: [ROWS, 4] }),
    Buffer.from(probs.buffer),
  ]);
  const { id } = await service.client.call("createProbabilityImport", {
    body: { datasetId, probabilitiesUploadId: await service.upload(npy) },
  });
  crossValidationId = (await service.succeeded(id)).crossValidationId as string;
});
afterAll(() => service.close());

async function prune(options: object): Promise<{ flags: Flag[]; report: PruningReport }> {
  const job = await service.client.call("createPruning", {
    body: { crossValidationId, method: "argmax", order: "posterior", ...options } as never,
  });
  const { pruningId } = await service.succeeded(job.id);
  const params = { id: pruningId as string };
  const { report } = await service.client.call("getPruning", { params });
  const { data } = await service.client.call("listFlags", { params, query: { limit: 100 } });
  return { flags: data, report: report! };
}

const parentOf = (name: string) => name.split("/")[0];
const isAcross = ({ given, suggested }: Flag) => parentOf(given) !== parentOf(suggested);

it("an error across parents ranks above one between sisters, as it was asked for", async () => {
  const ignored = await prune({});
  const first = await prune({ hierarchy: "level-1-first" });
  const weighted = await prune({ hierarchy: "weight" });
  const ordinals = ({ flags }: { flags: Flag[] }) => flags.map(({ ordinal }) => ordinal);
  expect(ignored.flags).toHaveLength(16);
  expect(ignored.flags.slice(0, 8).some(isAcross)).toBe(false);
  for (const { flags } of [first, weighted]) {
    expect(flags.map(({ rank }) => rank)).toEqual(ignored.flags.map(({ rank }) => rank));
    expect(flags.slice(0, 8).every(isAcross)).toBe(true);
  }
  // Those that the tree does not tell apart stay in their order.
  expect(ordinals(first).slice(8)).toEqual(ordinals(ignored).slice(0, 8));
  const ascending = (a: number, b: number) => a - b;
  expect(ordinals(first).sort(ascending)).toEqual(ordinals(ignored).sort(ascending));
});

it("the report has joint, noise and accuracy of each level", async () => {
  const { report } = await prune({});
  const [top, leaves, ...more] = report.levels!;
  expect(more).toEqual([]);
  expect(top!.classes.map(({ name, given }) => [name, given]).sort()).toEqual([
    ["money", 200],
    ["sports", 200],
  ]);
  expect(leaves!.accuracy).toBeCloseTo(1 - 16 / ROWS, 9);
  expect(top!.accuracy).toBeCloseTo(1 - 8 / ROWS, 9);
  expect(leaves!.noiseRate).toBeCloseTo(report.estimatedNoiseRate, 9);
  expect(top!.noiseRate).toBeLessThan(leaves!.noiseRate);
  expect(top!.noiseRate).toBeGreaterThan(0);
  for (const { joint, classes } of report.levels!) {
    expect(joint).toHaveLength(classes.length);
    expect(joint!.flat().reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  }
});

it("classes without parents have no levels, and no other order", async () => {
  const lines = Array.from({ length: 60 }, (_, i) => `text number ${i},${"ab"[i % 2]}`);
  const datasetId = await ingestCsv(service, `text,label\n${lines.join("\n")}\n`, { type: "csv" });
  const { id } = await service.client.call("createFoldTraining", {
    body: { datasetId, model: { kind: "quick" }, folds: 2, pruning: { hierarchy: "weight" } },
  });
  const trained = await service.succeeded(id);
  const { pruningId } = await service.succeeded(trained.result?.pruningJobId as string);
  const pruning = await service.client.call("getPruning", { params: { id: pruningId as string } });
  expect(pruning.report!.levels).toBeUndefined();
  expect(pruning.parameters).toMatchObject({ hierarchy: "weight" });
});

it("the quick and the linear model predict parents first, where it is asked and classes are a tree", async () => {
  const words = ["goal", "serve", "loan", "share"];
  const fillers = ["again", "today", "report", "news", "late", "early", "once"];
  const lines = Array.from(
    { length: 240 },
    (_, i) =>
      `${words[i % 4]} ${fillers[i % 7]} ${words[i % 4]} ${fillers[i % 5]} ${i},${CLASSES[i % 4]}`,
  );
  const tree = await ingestCsv(service, `text,label\n${lines.join("\n")}\n`, { type: "csv" });
  const flat = await ingestCsv(service, `text,label\n${lines.join("\n").replaceAll("/", "-")}\n`, {
    type: "csv",
  });
  for (const kind of ["quick", "linear"] as const) {
    const first = await trained(tree, { kind, levels: "parent-first" });
    const all = await trained(tree, { kind });
    expect(first.levels).toBe("parent-first");
    expect(all.levels).toBeUndefined();
    expect(first.probs).not.toEqual(all.probs);
    for (let row = 0; row < 240; row++) {
      const own = first.probs.subarray(4 * row, 4 * row + 4);
      expect(own.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    }
    expect(first.accuracy).toBeGreaterThan(0.95);
    // No tree: the same as without the option.
    const noTree = await trained(flat, { kind, levels: "parent-first" });
    expect(noTree.levels).toBeUndefined();
    const { report } = await prune({ crossValidationId: first.id });
    expect(report.levels).toHaveLength(2);
    expect(report.evidence).toBe("no-quick-model");
    expect(noTree.probs).toEqual((await trained(flat, { kind })).probs);
  }
});

it("two rounds, and networks, refuse to predict parents first", async () => {
  const body = { datasetId: "ds_00000000-0000-7000-8000-000000000000" };
  const linear = { kind: "linear", levels: "parent-first" } as const;
  const pooled = service.client.call("createFoldTraining", {
    body: { ...body, model: linear, secondRound: true },
  });
  await expect(pooled).rejects.toMatchObject({
    problem: { errors: [{ pointer: "/model/levels" }] },
  });
  const network = service.client.call("createFoldTraining", {
    body: { ...body, model: { kind: "albert", levels: "parent-first" } as never },
  });
  await expect(network).rejects.toMatchObject({ problem: { code: "validation-failed" } });
});

async function trained(datasetId: string, model: { kind: string; levels?: string }) {
  const { id } = await service.client.call("createFoldTraining", {
    body: { datasetId, model: model as never, folds: 2, seed: 3 },
  });
  const { crossValidationId } = await service.succeeded(id);
  const params = { id: crossValidationId as string };
  const { data } = await service.client.call("listFolds", { params });
  const stream = await service.client.download("getProbabilities", { params });
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const { dataOffset } = parseNpyHeader(bytes);
  return {
    probs: new Float32Array(bytes.slice(dataOffset).buffer),
    id: crossValidationId as string,
    levels: data[0]!.backend!.levels,
    accuracy: data[0]!.accuracy!,
  };
}
