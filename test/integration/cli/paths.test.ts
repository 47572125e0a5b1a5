import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createProgram } from "@winnow/cli";
import { npyHeader } from "@winnow/npy";
import type { Command } from "commander";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { makeCsv } from "../../support/jobs.js";
import { createTestDatabase } from "../../support/postgres.js";
import { seedPruning } from "../../support/seed-data.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const root = fileURLToPath(new URL("../../../", import.meta.url));
const ROWS = 30;
const CLASSES = 3;
let api: TestApi;
let url: string;
let seeded: Awaited<ReturnType<typeof seedPruning>>;
/** Where the user stands: far from the clone. */
let user: string;

beforeAll(async () => {
  api = await openTestApi();
  url = await api.listen();
  seeded = await seedPruning(api.store, ROWS, CLASSES);
  user = realpathSync(mkdtempSync(join(tmpdir(), "winnow-user-")));
  writeFileSync(join(user, "rows.csv"), makeCsv(ROWS));
  writeFileSync(join(user, "matrix.json"), "[[1,0,0],[0,1,0],[0,0,1]]");
  const save = (name: string, dtype: "int32" | "float32", shape: number[], data: Buffer) => {
    writeFileSync(join(user, name), Buffer.concat([npyHeader({ dtype, shape }), data]));
  };
  const labels = Int32Array.from({ length: ROWS }, (_, i) => i % CLASSES);
  save("labels.npy", "int32", [ROWS], Buffer.from(labels.buffer));
  const probs = new Float32Array(ROWS * CLASSES).fill(1 / CLASSES);
  save("probs.npy", "float32", [ROWS, CLASSES], Buffer.from(probs.buffer));
  mkdirSync(join(user, "a-folder"));
  writeFileSync(join(user, "a-file"), "");
});
afterAll(async () => {
  await api.close();
  rmSync(user, { recursive: true, force: true });
});

/** `npm run winnow`, which changes to the clone before the command starts. */
function npmRunWinnow(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH, HOME } = process.env;
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(
      "npm",
      ["--prefix", root, "run", "--silent", "winnow", "--", ...args],
      { cwd: user, env: { PATH, HOME, WINNOW_URL: url, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

const QUEUED = { code: 0, stdout: expect.stringMatching(/^job_[0-9a-f-]{36}\n$/), stderr: "" };
const failsWith = (text: string) => ({ code: 1, stderr: expect.stringContaining(text) });
const isWritten = (name: string) => expect(existsSync(join(user, name)), name).toBe(true);

/** What a user may name a path with, and a call that shows from where it is resolved. */
const TABLE: Record<string, () => Promise<void>> = {
  "ingest <file>": async () => {
    expect(await npmRunWinnow(["ingest", "rows.csv", "--format", "csv"])).toEqual(QUEUED);
  },
  "audit <file> --out": async () => {
    await npmRunWinnow(["audit", "rows.csv", "--out", "cleaned"]);
    isWritten("cleaned");
  },
  "consensus <file> --output --annotators": async () => {
    const votes = ["text,ann,bob", "a cat,a,a", "a dog,b,b", "a bird,a,b", "a cow,b,b"].join("\n");
    writeFileSync(join(user, "votes.csv"), votes);
    const files = ["-o", "agreed.csv", "--annotators", "who.csv"];
    const args = ["consensus", "votes.csv", "--annotator-columns", "ann,bob", ...files];
    expect(await npmRunWinnow(args)).toMatchObject({ code: 0 });
    isWritten("agreed.csv");
    isWritten("who.csv");
  },
  "receipt --output": async () => {
    const args = ["receipt", seeded.crossValidationId, "-o", "receipt.json"];
    expect(await npmRunWinnow(args)).toMatchObject({ code: 0 });
    isWritten("receipt.json");
  },
  "replay <file>": async () => {
    const outcome = await npmRunWinnow(["replay", "matrix.json"]);
    expect(outcome).toMatchObject(failsWith("matrix.json is no receipt"));
  },
  "audit --encoder": async () => {
    const outcome = await npmRunWinnow(["audit", "rows.csv", "--encoder", "a-folder"]);
    expect(outcome).toMatchObject(failsWith("a-folder holds no model.safetensors"));
  },
  "models list --models-dir": async () => {
    const { code, stdout, stderr } = await npmRunWinnow([
      "models",
      "list",
      "--models-dir",
      "a-folder",
    ]);
    expect([code, stdout + stderr]).toEqual([0, expect.stringContaining(join(user, "a-folder"))]);
  },
  "models pull --models-dir": async () => {
    const outcome = await npmRunWinnow(["models", "pull", "a/b", "--models-dir", "a-file"]);
    expect(outcome).toMatchObject(failsWith(join(user, "a-file")));
  },
  "experiment --matrix --picture": async () => {
    const how = ["--noise", "matrix", "--matrix", "matrix.json", "--model", "quick"];
    const queued = await npmRunWinnow(["experiment", seeded.datasetId, ...how]);
    expect(queued).toMatchObject({ code: 0, stdout: QUEUED.stdout });
    const shown = ["experiment", queued.stdout.trim(), "--picture", "picture.svg"];
    expect(await npmRunWinnow(shown)).toMatchObject({ code: 0 });
    isWritten("picture.svg");
  },
  "audit --scores": async () => {
    await npmRunWinnow(["audit", "rows.csv", "--scores", "scores.csv"]);
    isWritten("scores.csv");
  },
  "doctor --data": async () => {
    const outcome = await npmRunWinnow(["doctor", "--data", "a-file"]);
    expect(`${outcome.stdout}${outcome.stderr}`).toContain(join(user, "a-file"));
  },
  "preview <file>": async () => {
    expect(await npmRunWinnow(["preview", "rows.csv"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^format +csv/m),
    });
  },
  "import-probabilities --probs --folds": async () => {
    const files = ["--probs", "probs.npy", "--folds", "labels.npy"];
    const args = ["import-probabilities", seeded.datasetId, ...files];
    expect(await npmRunWinnow(args)).toEqual(QUEUED);
  },
  "inject-noise --matrix": async () => {
    const args = ["inject-noise", seeded.datasetId, "--type", "matrix", "--matrix", "matrix.json"];
    expect(await npmRunWinnow(args)).toEqual(QUEUED);
  },
  "export --output": async () => {
    expect(await npmRunWinnow(["export", seeded.pruningId, "-o", "out.jsonl"])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^out\.jsonl {2}\d/),
    });
    isWritten("out.jsonl");
  },
  "probabilities --output": async () => {
    const args = ["probabilities", seeded.crossValidationId, "-o", "out.npy"];
    expect(await npmRunWinnow(args)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^out\.npy {2}\d/),
    });
    isWritten("out.npy");
  },
  "find-noise --labels --probs": async () => {
    const args = ["find-noise", "--labels", "labels.npy", "--probs", "probs.npy", "--json"];
    const { code, stdout } = await npmRunWinnow(args);
    expect([code, JSON.parse(stdout).confidentJoint.length]).toEqual([0, CLASSES]);
  },
  "demo --file --data --out": async () => {
    const args = [
      "demo",
      "--file",
      "a-folder",
      "--format",
      "csv",
      "--data",
      "data",
      "--out",
      "out",
    ];
    expect(await npmRunWinnow(args)).toMatchObject(failsWith("not-a-file: a-folder"));
    // What it writes into the other two is shown by test/e2e/demo.test.ts.
  },
  "up --data": async () => {
    const outcome = await npmRunWinnow(["up", "--port", "0", "--data", "a-file"]);
    expect(outcome).toMatchObject(failsWith(join(user, "a-file")));
  },
  "backup <folder>": async () => {
    const env = { DATABASE_URL: api.databaseUrl, STORAGE_DIR: relative(user, api.storageDir) };
    expect(await npmRunWinnow(["backup", "saved"], env)).toMatchObject({ code: 0, stderr: "" });
    isWritten("saved/manifest.json");
  },
  "restore <folder>": async () => {
    const empty = await createTestDatabase("empty");
    const env = { DATABASE_URL: empty.url, STORAGE_DIR: "restored" };
    expect(await npmRunWinnow(["restore", "saved"], env)).toMatchObject({ code: 0, stderr: "" });
    isWritten("restored");
    await empty.drop();
  },
  ...Object.fromEntries(
    ["backup saved-too", "gc", "keys create --name me", "keys list", "keys revoke key_none"].map(
      (call) => [
        `${call.split(" --")[0]!.replace(/ (saved-too|key_none)$/, "")} --data`,
        async () => {
          const args = [...call.split(" "), "--data", "a-folder"];
          const missing = `${join(user, "a-folder")} is not a data folder`;
          expect(await npmRunWinnow(args)).toMatchObject(failsWith(missing));
        },
      ],
    ),
  ),
  "restore --data": async () => {
    const outcome = await npmRunWinnow(["restore", "saved", "--data", "a-file"]);
    expect(outcome).toMatchObject(failsWith(join(user, "a-file")));
  },
};

it.each(Object.keys(TABLE))("`winnow %s` under npm means the user's folder", async (name) => {
  await TABLE[name]?.();
});

it("the table has every command that takes a path", () => {
  const isPath = (name: string | undefined) => /^(file|dir|folder)$/.test(name ?? "");
  const pathsOf = (command: Command, above = ""): string[] => {
    const name = `${above}${command.name()}`;
    const args = command.registeredArguments.filter((one) => isPath(one.name()));
    const options = command.options.filter(({ flags }) => isPath(/<(\w+)>$/.exec(flags)?.[1]));
    return [
      ...args.map((one) => `${name} <${one.name()}>`),
      ...options.map(({ long }) => `${name} ${long}`),
      ...command.commands.flatMap((one) => pathsOf(one, `${name} `)),
    ];
  };
  const all = createProgram().commands.flatMap((command) => pathsOf(command));
  const held = Object.keys(TABLE).flatMap((key) => {
    const name = key.split(/ [-<]/)[0]!;
    return [...key.matchAll(/--[\w-]+|<\w+>/g)].map(([path]) => `${name} ${path}`);
  });
  // The folders of a checkpoint and of an encoder are the workers', below their MODELS_DIR.
  expect([...held, "train --checkpoint", "train --encoder"].sort()).toEqual(all.sort());
});
