// npm run bench:experiment -- --data DIR [--model quick] [--folder DIR] [--rows 10000] [--kills 6] [--minutes N]
// The experiment of symmetric and pair noise at 0.1, 0.2 and 0.4 with two seeds, on Toutiao titles, in a
// service of its own whose worker, orchestrator and API are killed with SIGKILL in turn while it runs.
// Prints the table of `winnow experiment`, and of the jobs that it queued how many ended once, and how
// many twice. --model default is the recipe that a request without a model gets. With --folder the
// service's data stays there, and the same command goes on with an experiment that was stopped; after
// --minutes it stops and shows the runs that have finished. The peer of a survivor is the same experiment without
// kills: --kills 0, whose table must be equal to the last digit.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Client, createClient, isTerminal } from "@winnow/client";
import { endsOf } from "./experiment/ends.js";
import { type KillableService, PARTS, withKillableService } from "./experiment/service.js";
import { drawnTitles } from "./experiment/titles.js";
import { inProject } from "./service/paths.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    model: { type: "string", default: "quick" },
    folder: { type: "string" },
    rows: { type: "string", default: "10000" },
    kills: { type: "string", default: "6" },
    minutes: { type: "string" },
  },
});
const { data, model, minutes } = options;
if (data === undefined || (model !== "quick" && model !== "default")) {
  console.error("Usage: npm run bench:experiment -- --data DIR [--model quick|default]");
  process.exit(2);
}
const kills = Number(options.kills);
const endsAt = minutes === undefined ? Infinity : Date.now() + 60_000 * Number(minutes);
const folder = resolve(options.folder ?? mkdtempSync(join(tmpdir(), "winnow-experiment-")));
mkdirSync(folder, { recursive: true });
try {
  await withKillableService(folder, {}, async (service) => {
    const client = createClient(service.url);
    const id = await experimentOf(client);
    await follow(service, client, id);
    show(service, id);
    console.log("kind            jobs  succeeded  twice  taken up again");
    for (const { kind, jobs, succeeded, twice, again } of await endsOf(service.databaseUrl, id)) {
      const figures = [jobs, succeeded, twice, again].map(String);
      const columns = [4, 9, 5, 14].map((width, i) => figures[i]!.padStart(width));
      console.log([kind.padEnd(14), ...columns].join("  "));
    }
  });
} finally {
  if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
}
console.log(`load ${loadavg()[0]!.toFixed(1)}`);

/** The experiment that was begun in this folder, or a new one. */
async function experimentOf(client: Client): Promise<string> {
  const begun = join(folder, `experiment-${model}`);
  if (existsSync(begun)) return readFileSync(begun, "utf8");
  const { id: uploadId } = await client.upload(await drawnTitles(data!, Number(options.rows), 1));
  const ingest = await client.call("createDatasetIngest", {
    body: {
      name: "titles",
      source: { type: "upload", uploadId },
      format: { type: "jsonl", textColumn: "text", labelColumn: "label" },
    },
  });
  const { datasetId } = await client.jobs.wait(ingest.id);
  const { id } = await client.call("createExperiment", {
    body: {
      datasetId: datasetId!,
      noises: [{ type: "symmetric" }, { type: "pair" }],
      rates: [0.1, 0.2, 0.4],
      seeds: [1, 2],
      ...(model === "quick" && { model: { kind: "quick" } }),
    },
  });
  writeFileSync(begun, id);
  return id;
}

/** Waits for its end, and kills each part in turn, one each time that so many more runs have ended. */
async function follow(service: KillableService, client: Client, id: string): Promise<void> {
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(0)} s`;
  let killed = 0;
  for (let shown = -1; Date.now() < endsAt; await sleep(500)) {
    const { state, cells } = await client.call("getExperiment", { params: { id } });
    const finished = cells.filter((cell) => cell.state === "finished").length;
    if (finished !== shown) console.log(`${seconds()}: ${finished} of ${cells.length} runs`);
    shown = finished;
    if (isTerminal(state)) return;
    const running = cells.some((cell) => cell.state === "running");
    if (killed === kills || !running || finished < ((killed + 0.5) * cells.length) / (kills + 1)) {
      continue;
    }
    const part = PARTS[killed++ % PARTS.length]!;
    const { before, after } = await service.kill(part);
    console.log(`${seconds()}: SIGKILL for the ${part}, process ${before}; now ${after}`);
  }
}

function show({ url }: KillableService, id: string): void {
  const command = inProject("apps/cli/dist/main.js");
  const args = [command, "experiment", id, "--url", url];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`winnow experiment failed: ${stderr}`);
  console.log(`\n${stdout}`);
}
