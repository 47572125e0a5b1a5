import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ProbabilityImportParams } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import {
  createProbabilityImport,
  insertUpload,
  listEvents,
  newId,
  readCrossValidation,
  readMatrices,
  readProbabilityBlocks,
  readPruning,
  withTransaction,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ended,
  eventually,
  makeCsv,
  postIngest,
  postPruning,
  succeeded,
} from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

const ROWS = 240;
const K = 3;

let fixture: WorkerFixture;
let datasetId: string;
let truth: number[];

beforeAll(async () => {
  fixture = await openWorkerFixture();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const job = await succeeded(fixture.store, await postIngest(fixture, makeCsv(ROWS, K)));
  datasetId = job.datasetId as string;
  const { rows } = await poolOf(fixture.store).query<{ truth: number }>(
    "SELECT true_class_index AS truth FROM samples ORDER BY ordinal",
  );
  truth = rows.map((row) => row.truth);
});

afterAll(async () => {
  await fixture.close();
});

/** Probabilities (n, K) of a model that mostly knows the true class, less so in every 9th row. */
const probabilities = (): number[] =>
  truth.flatMap((label, i) => {
    const top = i % 9 === 0 ? 0.7 : 0.98;
    return Array.from({ length: K }, (_, c) => (c === label ? top : (1 - top) / (K - 1)));
  });

function npy(dtype: "float32" | "float64" | "int32", shape: number[], values: readonly number[]) {
  const type = { float32: Float32Array, float64: Float64Array, int32: Int32Array }[dtype];
  return Buffer.concat([npyHeader({ dtype, shape }), Buffer.from(type.from(values).buffer)]);
}

/** numpy's float16 file of values that are exact in it. */
function halfNpy(shape: number[], halves: readonly number[]) {
  const header = Buffer.from(npyHeader({ dtype: "float32", shape })).toString("latin1");
  const body = Buffer.from(Uint16Array.from(halves).buffer);
  return Buffer.concat([Buffer.from(header.replace("<f4", "<f2"), "latin1"), body]);
}

/** numpy's file of an array that is stored column by column. */
function byColumns(rows: readonly number[]) {
  const header = Buffer.from(npyHeader({ dtype: "float32", shape: [ROWS, K] })).toString("latin1");
  const columns = rows.map((_, at) => rows[(at % ROWS) * K + Math.floor(at / ROWS)]!);
  return Buffer.concat([
    Buffer.from(header.replace("False,", "True, "), "latin1"),
    Buffer.from(Float32Array.from(columns).buffer),
  ]);
}

/** numpy's file of unicode strings. */
function stringsNpy(strings: readonly string[]) {
  const width = Math.max(...strings.map((text) => text.length));
  const shape = [strings.length];
  const header = Buffer.from(npyHeader({ dtype: "float32", shape })).toString("latin1");
  const points = strings.flatMap((text) =>
    Array.from({ length: width }, (_, i) => text.codePointAt(i) ?? 0),
  );
  const body = Buffer.from(Uint32Array.from(points).buffer);
  return Buffer.concat([Buffer.from(header.replace("<f4", `<U${width}`), "latin1"), body]);
}

async function upload(bytes: Uint8Array): Promise<string> {
  const id = newId("upload");
  await writeFile(join(fixture.storageDir, id), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const stored = { id, bytes: bytes.length, sha256, storageKey: id, filename: null };
  await insertUpload(fixture.store, stored);
  return id;
}

async function postImport(probs: Uint8Array, folds?: Uint8Array, options: object = {}) {
  const params = ProbabilityImportParams.parse({
    datasetId,
    probabilitiesUploadId: await upload(probs),
    ...(folds && { foldsUploadId: await upload(folds) }),
    ...options,
  });
  return withTransaction(fixture.store, (tx) => createProbabilityImport(tx, params));
}

async function rowsOf(crossValidationId: string, k = K) {
  const seen = { folds: [] as number[], given: [] as number[], probs: [] as number[] };
  for await (const block of readProbabilityBlocks(fixture.store, crossValidationId, k)) {
    seen.folds.push(...block.folds);
    seen.given.push(...block.labels);
    seen.probs.push(...block.probs);
  }
  return seen;
}

describe("imported probabilities", () => {
  it.each(["float32", "float64"] as const)(
    "a %s file makes a finished cross-validation",
    async (dtype) => {
      const folds = truth.map((_, i) => i % 4);
      const job = await succeeded(
        fixture.store,
        await postImport(npy(dtype, [ROWS, K], probabilities()), npy("int32", [ROWS], folds)),
      );
      expect(job.progress).toMatchObject({ unit: "rows", done: ROWS, total: ROWS });
      const run = await readCrossValidation(fixture.store, job.crossValidationId as string);
      expect(run).toMatchObject({ state: "ready", rows: ROWS, classes: K, folds: 4 });
      expect(run.accuracy).toBeGreaterThan(0.8);
      const rows = await rowsOf(run.id);
      expect(rows.folds).toEqual(folds);
      expect(rows.probs).toEqual([...Float32Array.from(probabilities())]);
    },
  );

  it("a gzipped float16 file is read; without folds all rows are in one", async () => {
    // 0x3400 is 0.25, 0x3800 is 0.5.
    const halves = truth.flatMap((label) =>
      Array.from({ length: K }, (_, c) => (c === label ? 0x3800 : 0x3400)),
    );
    const job = await succeeded(
      fixture.store,
      await postImport(gzipSync(halfNpy([ROWS, K], halves))),
    );
    const { probs, folds } = await rowsOf(job.crossValidationId as string);
    expect(probs).toEqual(halves.map((half) => (half === 0x3800 ? 0.5 : 0.25)));
    expect(new Set(folds)).toEqual(new Set([0]));
  });

  it("the pruning requested in advance finds the wrong labels, with every option passed on", async () => {
    const pruning = {
      method: "posterior",
      order: "posterior",
      semantics: "cleanlab-2",
      posteriorCut: 0.6,
      suggestion: "argmax",
      adjust: true,
    };
    const imported = await succeeded(
      fixture.store,
      await postImport(npy("float32", [ROWS, K], probabilities()), undefined, { pruning }),
    );
    const job = await succeeded(fixture.store, imported.result?.pruningJobId as string);
    const { report, parameters } = await readPruning(fixture.store, job.pruningId as string);
    expect(parameters).toMatchObject(pruning);
    expect(report?.truth?.precision).toBe(1);
    expect(report?.truth?.recall).toBeGreaterThan(0.8);
    expect(report?.truth?.averagePrecision?.posterior).toBeGreaterThan(0.9);
    expect(report?.counts).toMatchObject({
      examples: ROWS,
      confident: expect.any(Number),
      offDiagonal: expect.any(Number),
      labelIssues: expect.any(Number),
      prunedBeforeAgreement: expect.any(Number),
      droppedByAgreement: expect.any(Number),
      droppedByReview: 0,
    });
    const { posteriorJoint } = await readMatrices(fixture.store, job.pruningId as string);
    expect(posteriorJoint?.map((row) => row.length)).toEqual([K, K, K]);
    expect(posteriorJoint?.flat().reduce((sum, n) => sum + n, 0)).toBeCloseTo(ROWS, 6);
  });

  it("an option changes the result: a posterior threshold alone decides the flags", async () => {
    const imported = await succeeded(
      fixture.store,
      await postImport(npy("float32", [ROWS, K], probabilities())),
    );
    const run = imported.crossValidationId as string;
    const flagged = async (options: Record<string, unknown>) => {
      const job = await succeeded(fixture.store, await postPruning(fixture.store, run, options));
      return (await readPruning(fixture.store, job.pruningId as string)).flagged as number;
    };
    const all = await flagged({ method: "posterior", posteriorCut: 0 });
    const sure = await flagged({ method: "posterior", posteriorCut: 0.5 });
    expect(all).toBe(ROWS);
    expect(sure).toBeLessThan(ROWS / 2);
    expect(sure).toBeGreaterThan(0);
  });

  it("rows that do not sum to 1 and clipped probabilities are warnings", async () => {
    const values = probabilities();
    values[3 * 7] = 1.00005;
    values[3 * 7 + 1] = 0;
    values[3 * 7 + 2] = 0.4;
    const jobId = await postImport(npy("float64", [ROWS, K], values));
    await succeeded(fixture.store, jobId);
    // Events are not written in the job's transaction.
    const warnings = await eventually("both warnings", async () => {
      const { data } = await listEvents(fixture.store, jobId, undefined, 100);
      const told = data.filter((event) => event.type === "log").map((event) => event.data);
      return told.length >= 2 && told;
    });
    expect(warnings).toMatchObject([
      { level: "warning", code: "probabilities-clipped" },
      { level: "warning", code: "row-sums", message: expect.stringContaining("row 7 with 1.4001") },
    ]);
  });
});

/** The probabilities with their columns in another order: place j of a row holds class `order[j]`. */
const reordered = (order: readonly number[]): Uint8Array => {
  const values = probabilities();
  return npy(
    "float32",
    [ROWS, K],
    values.map((_, at) => values[at - (at % K) + order[at % K]!]!),
  );
};
const names = (order: readonly number[]): string[] => order.map((c) => `class-${c}`);

async function warningsOf(jobId: string) {
  const { data } = await listEvents(fixture.store, jobId, undefined, 100);
  return data.filter((event) => event.type === "log").map((event) => event.data);
}

describe("files as numpy and scikit-learn write them", () => {
  const whole = () => npy("float32", [ROWS, K], probabilities());
  const folds = () =>
    npy(
      "int32",
      [ROWS],
      truth.map((_, i) => i % 2),
    );
  const npz = (files: Record<string, Uint8Array>) => zipSync(files);

  it.each<[string, () => Uint8Array, object?]>([
    ["an npz with one array", () => npz({ "arr_0.npy": whole() })],
    ["an npz without compression", () => zipSync({ "p.npy": whole() }, { level: 0 })],
    [
      "one of two arrays in an npz",
      () => npz({ "labels.npy": folds(), "probs.npy": whole() }),
      { probabilitiesArray: "probs" },
    ],
    ["an array that is stored column by column", () => byColumns(probabilities())],
    ["the same in an npz", () => npz({ "arr_0.npy": byColumns(probabilities()) })],
    ["the same in gzip", () => gzipSync(byColumns(probabilities()))],
  ])("%s is read", async (_, file, options) => {
    const job = await succeeded(fixture.store, await postImport(file(), undefined, options));
    const { probs } = await rowsOf(job.crossValidationId as string);
    expect(probs).toEqual([...Float32Array.from(probabilities())]);
  });

  it("folds and probabilities may come out of one npz", async () => {
    const file = npz({ "labels.npy": folds(), "probs.npy": whole() });
    const uploadId = await upload(file);
    const job = await succeeded(
      fixture.store,
      await postImport(file, undefined, {
        probabilitiesUploadId: uploadId,
        probabilitiesArray: "probs",
        foldsUploadId: uploadId,
        foldsArray: "labels",
      }),
    );
    const rows = await rowsOf(job.crossValidationId as string);
    expect(rows.folds).toEqual(truth.map((_, i) => i % 2));
  });

  describe("of two classes", () => {
    let binary: string;
    let ones: number[];

    beforeAll(async () => {
      const job = await succeeded(fixture.store, await postIngest(fixture, makeCsv(ROWS, 2)));
      binary = job.datasetId as string;
      const { rows } = await poolOf(fixture.store).query<{ label: number }>(
        `SELECT class_index AS label FROM samples
         WHERE dataset_key = (SELECT key FROM datasets WHERE id = $1) ORDER BY ordinal`,
        [binary],
      );
      ones = rows.map(({ label }, i) => (label === 1 ? 1 : 0) * 0.5 + 0.25 + (i % 8) / 64);
    });

    it.each([
      ["(n)", [ROWS]],
      ["(n, 1)", [ROWS, 1]],
    ])("%s holds the probabilities of class 1", async (_, shape) => {
      const job = await succeeded(
        fixture.store,
        await postImport(npy("float32", shape, ones), undefined, { datasetId: binary }),
      );
      const { probs } = await rowsOf(job.crossValidationId as string, 2);
      expect(probs).toEqual(ones.flatMap((p) => [1 - p, p]));
    });

    it("those of class 0 are refused with the order that fits, and read with it", async () => {
      const zeros = npy(
        "float32",
        [ROWS],
        ones.map((p) => 1 - p),
      );
      const refused = await ended(
        fixture.store,
        await postImport(zeros, undefined, { datasetId: binary }),
      );
      expect(refused.error?.code).toBe("class-order");
      const classes = JSON.parse(refused.error!.errors[0]!.detail) as string[];
      expect(classes).toEqual(["class-1", "class-0"]);
      const job = await succeeded(
        fixture.store,
        await postImport(zeros, undefined, { datasetId: binary, classes }),
      );
      const { probs } = await rowsOf(job.crossValidationId as string, 2);
      expect(probs).toEqual(ones.flatMap((p) => [1 - p, p]));
    });

    it.each([
      [-0.5, /Row 3, class 1 .* is -0\.5,.*1 \/ \(1 \+ np\.exp\(-probs\)\)/],
      [87.5, /Row 3, class 1 .* is 87\.5,.*probs \/ 100/],
      [Number.NaN, /Row 3, class . .*NaN.*np\.isfinite/],
    ])("%s is no probability", async (value, wanted) => {
      const values = ones.with(3, value);
      const job = await ended(
        fixture.store,
        await postImport(npy("float64", [ROWS], values), undefined, { datasetId: binary }),
      );
      expect(job.error?.detail).toMatch(wanted);
    });
  });

  it("rejected lines have no row: a file that has them is told which", async () => {
    const [head, ...lines] = makeCsv(60, 2).trimEnd().split("\n");
    const csv = [head, ...lines.slice(0, 20), ",", ...lines.slice(20), ","].join("\n");
    const { datasetId: id } = await succeeded(fixture.store, await postIngest(fixture, csv));
    const job = await ended(
      fixture.store,
      await postImport(npy("float32", [62, 2], new Array(124).fill(0.5)), undefined, {
        datasetId: id,
      }),
    );
    expect(job.error?.detail).toContain(
      `The probabilities have 62 rows; the dataset has 60 samples, in input order. The 2 lines that were rejected have no row (GET /v1/datasets/${id}/rejects): leave theirs out.`,
    );
  });
});

describe("columns in another order of classes", () => {
  const order = [2, 0, 1];

  it.each([
    ["all of them moved", order],
    ["two of them swapped", [1, 0, 2]],
    ["reversed", [2, 1, 0]],
  ])("%s: refused with the order that fits, and no row is stored", async (_, columns) => {
    const job = await ended(fixture.store, await postImport(reordered(columns)));
    expect(job).toMatchObject({
      state: "failed",
      error: { code: "class-order", status: 422, retryable: false },
    });
    const list = JSON.stringify(names(columns));
    expect(job.error?.detail).toMatch(
      /in \d+ of 240 rows; in the other order in 2\d\d of 240 rows/,
    );
    expect(job.error?.detail).toContain(`Pass that order as \`classes\`: ${list}.`);
    expect(job.error?.errors).toEqual([{ pointer: "/classes", detail: list }]);
    const run = await readCrossValidation(fixture.store, job.crossValidationId as string);
    expect(run.state).toBe("failed");
    expect((await rowsOf(run.id)).given).toEqual([]);
  });

  it.each<[string, () => Promise<string[] | string>]>([
    ["a list", async () => names(order)],
    ["an uploaded list, a name a line", () => upload(Buffer.from("class-2\r\nclass-0\r\nclass-1"))],
    ["an uploaded JSON array", () => upload(Buffer.from(JSON.stringify(names(order))))],
    ["uploaded numpy strings", () => upload(stringsNpy(names(order)))],
    ["a gzipped list", () => upload(gzipSync(names(order).join("\n")))],
  ])("are put in the dataset's order by %s", async (_, classes) => {
    const job = await succeeded(
      fixture.store,
      await postImport(reordered(order), undefined, { classes: await classes() }),
    );
    const { probs } = await rowsOf(job.crossValidationId as string);
    expect(probs).toEqual([...Float32Array.from(probabilities())]);
  });

  it("names in an order that does not fit are refused with the one that does", async () => {
    const wrong = await postImport(reordered(order), undefined, { classes: names([0, 2, 1]) });
    const job = await ended(fixture.store, wrong);
    expect(job.error?.code).toBe("class-order");
    expect(job.error?.errors[0]?.detail).toBe(JSON.stringify(names(order)));
  });

  it("force imports the columns as they stand, with a warning", async () => {
    const jobId = await postImport(reordered(order), undefined, { force: true });
    const job = await succeeded(fixture.store, jobId);
    const { probs } = await rowsOf(job.crossValidationId as string);
    expect(probs.slice(0, K)).toEqual(order.map((c) => Math.fround(probabilities()[c]!)));
    const warnings = [
      { code: "class-order", message: expect.stringContaining("another order of classes") },
    ];
    expect(job.result).toMatchObject({ warnings });
    const run = await readCrossValidation(fixture.store, job.crossValidationId as string);
    expect(run).toMatchObject({ warnings });
    await eventually("the event", async () => (await warningsOf(jobId)).length === 1);
  });

  it("a list that does not name every class once is refused before the job is made", async () => {
    const classes = ["class-0", "Class-1 ", "class-0", "other"];
    const post = postImport(reordered(order), undefined, { classes });
    await expect(post).rejects.toMatchObject({
      code: "classes-mismatch",
      errors: [
        { pointer: "/classes", detail: '2 missing: "class-1", "class-2".' },
        { pointer: "/classes", detail: '2 unknown: "Class-1 " (the class is "class-1"), "other".' },
        { pointer: "/classes", detail: '1 repeated: "class-0".' },
      ],
    });
  });

  it("an uploaded list that does not is the job's error", async () => {
    const classes = await upload(Buffer.from("class-0\nclass-1\n"));
    const job = await ended(
      fixture.store,
      await postImport(reordered(order), undefined, { classes }),
    );
    expect(job.error).toMatchObject({
      code: "classes-mismatch",
      detail: 'The 2 names of `classes` are not the 3 classes. 1 missing: "class-2".',
    });
    const image = await upload(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe]));
    const failed = await ended(
      fixture.store,
      await postImport(reordered(order), undefined, { classes: image }),
    );
    expect(failed.error).toMatchObject({
      code: "classes-mismatch",
      detail: expect.stringContaining("neither npy nor UTF-8 text"),
    });
  });
});

describe("files that cannot be used", () => {
  const changed = (at: number, value: number) => {
    const values = probabilities();
    values[at] = value;
    return npy("float64", [ROWS, K], values);
  };
  const good = () => npy("float32", [ROWS, K], probabilities());
  const folds = (at: number, value: number) => {
    const values = truth.map((_, i) => i % 2);
    values[at] = value;
    return npy("int32", [ROWS], values);
  };
  const cases: [string, string, RegExp, () => Uint8Array, (() => Uint8Array)?][] = [
    [
      "NaN",
      "invalid-probabilities",
      /Row 41, class 2 \("class-2"\).*NaN/,
      () => changed(41 * K + 2, Number.NaN),
    ],
    [
      "a probability above 1",
      "invalid-probabilities",
      /Row 0, class 1.*1\.5/,
      () => changed(1, 1.5),
    ],
    [
      "logits",
      "invalid-probabilities",
      /Row 0, class 0.*softmax/,
      () =>
        npy(
          "float64",
          [ROWS, K],
          probabilities().map((p) => 5 * Math.log(p) + 3),
        ),
    ],
    [
      "log-probabilities",
      "invalid-probabilities",
      /np\.exp\(probs\)/,
      () => npy("float64", [ROWS, K], probabilities().map(Math.log)),
    ],
    [
      "percentages",
      "invalid-probabilities",
      /probs \/ 100/,
      () =>
        npy(
          "float64",
          [ROWS, K],
          probabilities().map((p) => 100 * p),
        ),
    ],
    [
      "a negative probability",
      "invalid-probabilities",
      /Row 239, class 0.*-0\.01/,
      () => changed(239 * K, -0.01),
    ],
    ["csv", "bad-npy", /text \(csv.*pandas\.read_csv/, () => Buffer.from("a,b\n1,2\n")],
    ["gzipped csv", "bad-npy", /pandas\.read_csv/, () => gzipSync("a,b\n1,2\n")],
    ["parquet", "bad-npy", /pandas\.read_parquet/, () => Buffer.from("PAR1\x15\x04\x15")],
    [
      "an npz with several arrays",
      "bad-npy",
      /2 arrays: "labels", "probs"; .*`probabilitiesArray`/,
      () => zipSync({ "labels.npy": folds(0, 0), "probs.npy": good() }),
    ],
    [
      "an npz without arrays",
      "bad-npy",
      /torch\.load/,
      () => zipSync({ "probs/data.pkl": Buffer.from("\x80\x02") }),
    ],
    ["a damaged zip", "corpus-invalid", /zip/, () => zipSync({ "a.npy": good() }).subarray(0, -30)],
    [
      "the transposed matrix",
      "bad-npy",
      /\(3, 240\), a column a sample; save probs\.T/,
      () => npy("float32", [K, ROWS], probabilities()),
    ],
    [
      "one number a row of three classes",
      "bad-npy",
      /\(240\).*two classes only/,
      () => npy("float32", [ROWS], new Array(ROWS).fill(0.5)),
    ],
    [
      "one row too few",
      "bad-npy",
      /have 239 rows; the dataset has 240 samples.*Lines that were rejected.*\/samples/,
      () => npy("float32", [ROWS - 1, K], probabilities().slice(K)),
    ],
    [
      "a class too few",
      "bad-npy",
      /\(240, 2\), and 3 classes require \(240, 3\).*of zeros/,
      () =>
        npy(
          "float32",
          [ROWS, 2],
          truth.flatMap(() => [0.5, 0.5]),
        ),
    ],
    [
      "integers",
      "bad-npy",
      /floating-point.*int32.*predict_proba/,
      () => npy("int32", [ROWS, K], probabilities().map(Math.round)),
    ],
    ["a cut file", "bad-npy", /ends in row/, () => good().subarray(0, 2000)],
    ["a cut gzip", "bad-gzip", /cut off/, () => gzipSync(good()).subarray(0, -20)],
    ["a fold of 256", "bad-npy", /folds: row 17 has the fold 256/, good, () => folds(17, 256)],
    ["a negative fold", "bad-npy", /row 3 has the fold -1/, good, () => folds(3, -1)],
    [
      "too few folds",
      "bad-npy",
      /folds have the shape \(5\)/,
      good,
      () => npy("int32", [5], [0, 1, 0, 1, 0]),
    ],
  ];
  it.each(cases)("%s fails the job with %s and leaves no row", async (_, code, why, probs, of) => {
    const job = await ended(fixture.store, await postImport(probs(), of?.()));
    expect(job).toMatchObject({ state: "failed", error: { code, retryable: false } });
    expect(job.error?.detail).toMatch(why);
    const run = await readCrossValidation(fixture.store, job.crossValidationId as string);
    expect(run.state).toBe("failed");
    expect((await rowsOf(run.id)).given).toEqual([]);
  });
});
