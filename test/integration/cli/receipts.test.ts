import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Receipt, receiptText } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import { makeCsv, TINY_MODEL } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const ROWS = 240;
const CLASSES = 4;
let service: TestService;
let dir: string;
let datasetId: string;
/** Ids of five cross-validations and a pruning of each. */
const made: string[] = [];

const winnow = (...args: string[]) =>
  runCli(args, { cwd: dir, env: { WINNOW_URL: service.api.url } });

async function ingest(csv: string): Promise<string> {
  const job = await service.client.call("createDatasetIngest", {
    body: {
      name: "generated",
      source: { type: "upload", uploadId: await service.upload(csv) },
      format: { type: "csv" },
    },
  });
  return (await service.succeeded(job.id)).datasetId as string;
}

beforeAll(async () => {
  service = await openService({ worker: { WORKER_ROLES: "cpu,trainer,orchestrator" } });
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-receipts-"));
  datasetId = await ingest(makeCsv(ROWS, CLASSES));
  const { client } = service;
  const orders = ["error_odds", "posterior", "normalized_margin"] as const;
  const pairs = [1, 2, 3, 4, 5].map(async (seed) => {
    const training = await client.call("createFoldTraining", {
      body: { datasetId, seed, folds: 2 + seed, model: { kind: "quick" } },
    });
    const { crossValidationId } = await service.succeeded(training.id);
    const pruning = await client.call("createPruning", {
      body: { crossValidationId: crossValidationId!, order: orders[seed % 3]!, method: "argmax" },
    });
    return [crossValidationId!, (await service.succeeded(pruning.id)).pruningId!];
  });
  made.push(...(await Promise.all(pairs)).flat());
});
afterAll(async () => {
  await service.close();
  rmSync(dir, { recursive: true, force: true });
});

const read = (name: string): Receipt => JSON.parse(readFileSync(join(dir, name), "utf8"));
const write = (name: string, receipt: unknown) =>
  writeFileSync(join(dir, name), JSON.stringify(receipt));

/** The receipt with the hash that fits it: what somebody would have to forge. */
function signed(receipt: Receipt): Receipt {
  const sha256 = createHash("sha256").update(receiptText(receipt)).digest("hex");
  return { ...receipt, sha256 };
}

describe("receipts", () => {
  it("are written for a dataset, and ten results; each replays bit-equal", async () => {
    expect((await winnow("receipt", datasetId)).stdout).toContain('"crossValidation": null');
    const replayed = async (id: string) => {
      const file = `${id}.json`;
      expect((await winnow("receipt", id, "-o", file)).code).toBe(0);
      const { code, stdout, stderr } = await winnow("replay", file, "--json");
      expect([code, stderr]).toEqual([0, ""]);
      const { outcome, differences, crossValidationId, pruningId } = JSON.parse(stdout);
      expect([outcome, differences]).toEqual(["bit-equal", []]);
      // Another run, with a receipt of its own.
      expect(made).not.toContain(crossValidationId);
      expect(pruningId === null).toBe(read(file).pruning === null);
    };
    for (let i = 0; i < made.length; i += 2) {
      await Promise.all(made.slice(i, i + 2).map(replayed));
    }
    expect(new Set(made.map((id) => read(`${id}.json`).sha256)).size).toBe(10);
  });

  it("of an exported folder lie in it, and replay bit-equal after people decided about its flags", async () => {
    const pruningId = made[1]!;
    const { data: flags } = await service.client.call("listFlags", { params: { id: pruningId } });
    expect(flags.length).toBeGreaterThan(2);
    await service.client.call("createReviews", {
      params: { id: datasetId },
      body: {
        type: "rows",
        reviews: flags.slice(0, 2).map(({ ordinal }) => ({ ordinal, verdict: "keep" as const })),
      },
    });
    await winnow("export", pruningId, "--format", "hub", "-o", "folder");
    const receipt = read("folder/receipt.json");
    expect(receipt).toEqual(signed(receipt));
    expect(receipt.export!.tables.map(({ name }) => name)).toContain("cleaned");
    const { code, stdout } = await winnow("replay", "folder/receipt.json");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^bit-equal {2}cv_\S+ {2}pr_/)]);
    const again = stdout.trim().split(/\s+/).at(-1)!;
    const { parameters } = await service.client.call("getPruning", { params: { id: again } });
    expect(parameters.reviews).toBe("ignore");
    write("table.json", { ...receipt, export: { ...receipt.export!, reviews: "ignore" } });
    expect((await winnow("replay", "table.json")).stderr).toContain("receipt-changed");
  });

  it("of a network's training replay bit-equal on the same backend, and elsewhere within a tolerance", async () => {
    const job = await service.client.call("createFoldTraining", {
      body: { datasetId, folds: 2, backend: "wasm", model: TINY_MODEL, training: { epochs: 1 } },
    });
    const { crossValidationId } = await service.succeeded(job.id);
    await winnow("receipt", crossValidationId!, "-o", "network.json");
    const same = await winnow("replay", "network.json");
    expect([same.code, same.stdout]).toEqual([0, expect.stringMatching(/^bit-equal/)]);
    // As another machine's receipt is: another backend, other bits, nearly the same accuracy.
    const receipt = read("network.json");
    const run = receipt.crossValidation!;
    const elsewhere = { ...run, backend: { ...run.backend, backend: "tfjs-node" } };
    const off = (by: number, from = elsewhere) => {
      const own = { ...from, probabilities: "0".repeat(64), accuracy: run.accuracy! + by };
      write("off.json", signed({ ...receipt, crossValidation: own }));
      return winnow("replay", "off.json");
    };
    expect(await off(0.009)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^within tolerance[\s\S]*probabilities: "\w{64}", not "0{64}"/),
    });
    expect(await off(0.011)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^different/),
    });
    expect(await off(0, run as typeof elsewhere)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^different/),
    });
  });

  it("that were edited are refused, and say where", async () => {
    const receipt = read(`${made[1]}.json`);
    const run = receipt.crossValidation!;
    write("seed.json", { ...receipt, crossValidation: { ...run, seed: 7 } });
    const edited = await winnow("replay", "seed.json");
    expect(edited.code).toBe(1);
    expect(edited.stderr).toContain("receipt-changed");
    expect(edited.stderr).toContain("crossValidation.seed: 7, not 1");
    write("contents.json", {
      ...receipt,
      dataset: { ...receipt.dataset, contents: "0".repeat(64) },
    });
    expect((await winnow("replay", "contents.json")).stderr).toMatch(
      /dataset\.contents: "0{64}", not/,
    );
    write("broken.json", { ...receipt, dataset: {} });
    expect((await winnow("replay", "broken.json")).stderr).toMatch(
      /invalid-receipt: broken\.json is no receipt: \/dataset\//,
    );
    expect((await winnow("replay", "none.json")).stderr).toContain("file-not-found");
    expect((await winnow("receipt", "job_1")).stderr).toContain("no-receipt");
  });

  it("of another version, or of rows of which one byte is another, are refused before anything runs", async () => {
    const receipt = read(`${made[0]}.json`);
    // What counts is the version that computed, not the one that wrote the receipt later.
    const run = { ...receipt.crossValidation!, winnow: "0.0.1" };
    expect(receipt.crossValidation!.winnow).toBe(receipt.winnow);
    write("version.json", signed({ ...receipt, crossValidation: run }));
    const { data: before } = await service.client.call("listCrossValidations", {});
    const version = await winnow("replay", "version.json");
    expect([version.code, version.stderr]).toEqual([
      1,
      expect.stringMatching(/receipt-mismatch[\s\S]*crossValidation\.winnow: ".+", not "0\.0\.1"/),
    ]);
    const other = await ingest(makeCsv(ROWS, CLASSES).replace(/^row-7,\w/m, "row-7,z"));
    const rows = await winnow("replay", `${made[0]}.json`, "--dataset", other);
    expect([rows.code, rows.stderr]).toEqual([
      1,
      expect.stringMatching(/receipt-mismatch[\s\S]*dataset\.contents: "\w{64}", not "\w{64}"/),
    ]);
    const { data: after } = await service.client.call("listCrossValidations", {});
    expect(after).toHaveLength(before.length);
    const same = await ingest(makeCsv(ROWS, CLASSES));
    const elsewhere = await winnow("replay", `${made[0]}.json`, "--dataset", same);
    expect([elsewhere.code, elsewhere.stdout]).toEqual([0, expect.stringMatching(/^bit-equal/)]);
  });

  it("of a seed that is not the result's come out different, and the command fails", async () => {
    const receipt = read(`${made[1]}.json`);
    const run = receipt.crossValidation!;
    write("forged.json", signed({ ...receipt, crossValidation: { ...run, seed: 99 } }));
    const { code, stdout } = await winnow("replay", "forged.json");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^different[\s\S]*crossValidation\.split: "\w{64}", not "\w{64}"/);
  });
});
