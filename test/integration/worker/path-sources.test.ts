import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listSamples } from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ended, postIngest } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** Each is tried by two workers' slots, while the link turns some thousand times a second. */
const TRIES = 30;

let fixture: WorkerFixture;
let folder: string;
let root: string;

const csvOf = (word: string) =>
  `text,label\n${Array.from({ length: 40 }, (_, i) => `${word} ${i},${i % 2 ? "a" : "b"}`).join("\n")}\n`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "winnow-ingest-root-"));
  root = join(folder, "root");
  mkdirSync(root);
  writeFileSync(join(root, "inside.csv"), csvOf("inside"));
  writeFileSync(join(folder, "secret.csv"), csvOf("secret"));
  symlinkSync(join(folder, "secret.csv"), join(root, "out.csv"));
  symlinkSync("inside.csv", join(root, "link.csv"));
  fixture = await openWorkerFixture();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator", INGEST_ROOT: root });
});

afterAll(async () => {
  await fixture?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ingested(path: string) {
  const overrides = { source: { type: "path", path }, format: { type: "csv" } };
  const job = await ended(fixture.store, await postIngest(fixture, "", overrides));
  if (job.state !== "succeeded") return { code: job.error?.code, texts: [] };
  const { data } = await listSamples(fixture.store, job.datasetId!, { limit: 40 });
  return { code: undefined, texts: data.map(({ text }) => text) };
}

it("a file below the root is read, also through a link that stays there; one that leads out is not", async () => {
  for (const path of ["inside.csv", "link.csv", join(root, "inside.csv")]) {
    expect((await ingested(path)).texts[0], path).toBe("inside 0");
  }
  for (const path of ["out.csv", "../secret.csv", join(folder, "secret.csv"), "none.csv", "."]) {
    expect(await ingested(path), path).toEqual({ code: "source-not-allowed", texts: [] });
  }
});

it("a link that is swapped after the POST is never followed out of the root", async () => {
  const swapper = spawn(
    process.execPath,
    [
      "-e",
      `const { copyFileSync, renameSync, symlinkSync } = require("node:fs");
       const [swapped, inside, secret] = process.argv.slice(1);
       const turn = () => {
         copyFileSync(inside, swapped + ".new");
         renameSync(swapped + ".new", swapped);
         symlinkSync(secret, swapped + ".new");
         renameSync(swapped + ".new", swapped);
       };
       turn();
       console.log("ready");
       setInterval(() => { for (let i = 0; i < 20; i += 1) turn(); }, 1);`,
      join(root, "swapped.csv"),
      join(root, "inside.csv"),
      join(folder, "secret.csv"),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    await once(swapper.stdout, "data");
    const seen = await Promise.all(Array.from({ length: TRIES }, () => ingested("swapped.csv")));
    expect(seen.flatMap(({ texts }) => texts).filter((text) => text.includes("secret"))).toEqual(
      [],
    );
    // A copy that is being made may be empty.
    for (const { code, texts } of seen) {
      if (texts.length > 0) expect(texts[0]).toBe("inside 0");
      else expect(["source-not-allowed", "empty-file", "no-rows-kept"]).toContain(code);
    }
  } finally {
    swapper.kill("SIGKILL");
  }
});
