import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STORAGE_FOLDERS } from "@winnow/storage";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { makeCsv } from "../../support/jobs.js";
import { childrenOf } from "../../support/node-process.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const SECRETS = {
  WINNOW_API_KEY: "wn_secret-of-a-person",
  S3_SECRET_ACCESS_KEY: "secret-of-the-bucket",
  S3_ACCESS_KEY_ID: "somebody",
  AWS_SECRET_ACCESS_KEY: "secret-of-the-cloud",
  SOME_TOKEN: "secret-of-something-else",
};

let dir: string;
let storageDir: string;
let service: TestService;
const umask = process.umask();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "winnow-private-"));
  // An earlier version's folder, on a disk that is linked, for everybody to read.
  storageDir = join(dir, "link");
  mkdirSync(join(dir, "disk", "uploads"), { recursive: true, mode: 0o755 });
  chmodSync(join(dir, "disk", "uploads"), 0o777);
  symlinkSync(join(dir, "disk"), storageDir);
  // Whoever starts the programs asks for no privacy at all.
  process.umask(0);
  service = await openService({
    api: { STORAGE_DIR: storageDir },
    worker: {
      STORAGE_DIR: storageDir,
      WORKER_ROLES: "cpu,orchestrator,trainer",
      TF_CPP_MIN_LOG_LEVEL: "2",
      ...SECRETS,
    },
  });
});

afterAll(async () => {
  process.umask(umask);
  await service?.close();
  rmSync(dir, { recursive: true, force: true });
});

it("other users see no stored file, and the worker's child processes no secret", async () => {
  const { client } = service;
  const ingest = await client.call("createDatasetIngest", {
    body: {
      name: "private",
      source: { type: "upload", uploadId: await service.upload(makeCsv(120)) },
      format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
    },
  });
  const { datasetId } = await service.succeeded(ingest.id);
  const training = await client.call("createFoldTraining", {
    body: {
      datasetId,
      folds: 2,
      backend: "wasm",
      training: { epochs: 2, keepModels: true },
    } as never,
  });
  const seen = new Map<number, string>();
  const modes = new Map<string, number>();
  const watching = setInterval(() => {
    for (const pid of childrenOf(service.worker)) {
      if (!seen.get(pid)?.includes("PATH=")) seen.set(pid, environmentOf(pid));
    }
    for (const [path, mode] of modesBelow(storageDir)) modes.set(path, mode);
  }, 100);
  await service.succeeded(training.id).finally(() => clearInterval(watching));
  for (const [path, mode] of modesBelow(storageDir)) modes.set(path, mode);

  const environments = [...seen.values()].filter((text) => text.includes("PATH="));
  expect(environments.length).toBeGreaterThan(0);
  // What TensorFlow reads reaches the trainers; the readers of files need none of it.
  expect(environments.some((text) => text.includes("TF_CPP_MIN_LOG_LEVEL=2"))).toBe(true);
  for (const text of environments) {
    expect(text).not.toMatch(/DATABASE_URL|REDIS_URL|postgres/);
    for (const [name, secret] of Object.entries(SECRETS)) {
      expect(text).not.toContain(name);
      expect(text).not.toContain(secret);
    }
  }

  // Uploads, checkpoints, what folds share, models and locks, also while they were written.
  const folders = new Set([...modes.keys()].map((path) => path.split("/")[0]));
  for (const name of ["uploads", "tokens", "checkpoints", "models"] as const) {
    expect(STORAGE_FOLDERS).toContain(name);
    expect([...folders], name).toContain(name);
  }
  expect([...modes].filter(([, mode]) => (mode & 0o077) !== 0)).toEqual([]);
});

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").replaceAll("\0", "\n");
  } catch {
    return ""; // it has ended
  }
}

/** The modes of all that lies below STORAGE_DIR. */
function modesBelow(folder: string): [string, number][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((path) => {
    const found = statSync(join(folder, path), { throwIfNoEntry: false });
    return found ? [[path, found.mode & 0o777] as [string, number]] : [];
  });
}
