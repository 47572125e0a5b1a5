// npm run bench:evidence -- --data DIR [--set toutiao-symmetric] [--runs 5]
// What evidence costs: seconds of a run's pruning with and without it, one after the other, from its
// POST until the worker has ended it, with the worker's seconds of CPU, and of `winnow audit` on the same
// rows. DIR as for bench:quality.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FoldTrainingParams, PruningParams } from "@winnow/contracts";
import { createFoldTraining, createPruning, type Store, withTransaction } from "@winnow/store";
import { isSetName, loadSet, type QualitySet } from "./quality/sets.js";
import { cpuSeconds, timed } from "./service/figures.js";
import { inProject } from "./service/paths.js";
import { finished, withScratchStore, withWorker } from "./service/scratch-services.js";
import { seedDataset, syntheticSamples } from "./service/seeded-run.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    set: { type: "string", default: "toutiao-symmetric" },
    runs: { type: "string", default: "5" },
  },
});
if (options.data === undefined || !isSetName(options.set)) {
  console.error("Usage: npm run bench:evidence -- --data DIR [--set NAME] [--runs 5]");
  process.exit(2);
}
const runs = Number(options.runs);
const set = await loadSet(options.set, { folder: options.data, folds: 5, rows: undefined });
await withScratchStore(async (scratch) => {
  await withWorker(scratch, ({ pid }) => ofService(scratch.store, set, pid!));
  ofAudit(set, scratch.folder);
});
console.log(`load ${loadavg()[0]!.toFixed(1)}`);

async function ofService(
  store: Store,
  { texts, given, classes }: QualitySet,
  worker: number,
): Promise<void> {
  const rowOf = (row: number) => ({ text: texts[row]!, classIndex: given[row]! });
  const batches = syntheticSamples({ rows: texts.length, classes, rowOf });
  const params = FoldTrainingParams.parse({
    datasetId: await seedDataset(store, batches),
    model: { kind: "quick" },
  });
  const trained = await withTransaction(store, (tx) => createFoldTraining(tx, params));
  const { crossValidationId } = await finished(store, trained);
  const seconds: Record<"with" | "without", number[]> = { with: [], without: [] };
  const cpu: Record<"with" | "without", number[]> = { with: [], without: [] };
  let flags: unknown;
  for (let run = 0; run < runs; run++) {
    for (const evidence of [false, true]) {
      const asked = PruningParams.parse({ crossValidationId, evidence });
      const before = cpuSeconds([worker]);
      const took = await timed(async () =>
        finished(store, await withTransaction(store, (tx) => createPruning(tx, asked))),
      );
      cpu[evidence ? "with" : "without"].push(cpuSeconds([worker]) - before);
      seconds[evidence ? "with" : "without"].push(took.seconds);
      flags = took.value.result?.flagged;
    }
  }
  say(`pruning of ${texts.length} rows, ${flags} flags`, seconds);
  say("  the worker's seconds of CPU", cpu);
}

function ofAudit({ name, texts, given }: QualitySet, folder: string): void {
  const file = join(folder, `${name}.jsonl`);
  const lines = texts.map((text, row) => JSON.stringify({ text, label: `c${given[row]}` }));
  writeFileSync(file, lines.join("\n"));
  const command = inProject("apps/cli/dist/main.js");
  const seconds: Record<"with" | "without", number[]> = { with: [], without: [] };
  for (let run = 0; run < runs; run++) {
    for (const kind of ["without", "with"] as const) {
      const args = [command, "audit", file, "--json", ...(kind === "with" ? ["--evidence"] : [])];
      const startedAt = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder });
      if (status !== 0) throw new Error(`winnow audit failed: ${stderr}`);
      seconds[kind].push((performance.now() - startedAt) / 1000);
    }
  }
  say(`winnow audit of ${texts.length} rows`, seconds);
}

function say(what: string, seconds: Readonly<Record<"with" | "without", number[]>>): void {
  const [plain, explained] = [median(seconds.without), median(seconds.with)];
  console.log(
    `${what}: ${plain.toFixed(2)} s, with evidence ${explained.toFixed(2)} s, ` +
      `${(explained / plain).toFixed(2)} times`,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
