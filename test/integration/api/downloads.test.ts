import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { get as httpGet } from "node:http";
import { dirname, join } from "node:path";
import type { CrossValidation, Flag, Pruning } from "@winnow/contracts";
import { PruningParams } from "@winnow/contracts";
import { parseNpyHeader } from "@winnow/npy";
import {
  countedEpochs,
  createPruning,
  withTransaction,
  writeDataset,
  writeFold,
  writePruning,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { soon } from "../../support/jobs.js";
import {
  batchesOf,
  FOLD_METRICS,
  makeSamples,
  mustClaim,
  predictionsFor,
  queueIngest,
  queueTraining,
  seedPruning,
} from "../../support/seed-data.js";

const ROWS = 400;
const CLASSES = 5;
const FOLDS = 4;
let api: TestApi;
let url: string;
let seeded: Awaited<ReturnType<typeof seedPruning>>;

beforeAll(async () => {
  api = await openTestApi({ maxConnections: 3, app: { maxDownloads: 2 } });
  url = await api.listen();
  seeded = await seedPruning(api.store, ROWS, CLASSES, FOLDS);
});
afterAll(() => api.close());

const get = (path: string) => api.app.inject(path);
const samples = makeSamples(ROWS, CLASSES);

/** Of this process, in which the API runs. */
const openFiles = () =>
  readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The listing's own, closed by now.
      return [];
    }
  });

describe("npy", () => {
  const path = (part: string) =>
    `/v1/cross-validations/${seeded.crossValidationId}/probabilities?part=${part}`;

  async function download(part: string) {
    const response = await fetch(url + path(part));
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("content-length")).toBe(String(bytes.length));
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="winnow-${seeded.crossValidationId}-${part}.npy"`,
    );
    const header = parseNpyHeader(bytes);
    // A copy, so that typed arrays may stand at its beginning.
    return { header, data: new Uint8Array(bytes.subarray(header.dataOffset)).buffer };
  }

  it("probabilities are float32 (n, K) in sample order, bit for bit", async () => {
    const { header, data } = await download("probabilities");
    expect(header).toMatchObject({ dtype: "float32", shape: [ROWS, CLASSES], littleEndian: true });
    const wanted = new Float32Array(ROWS * CLASSES);
    for (let fold = 0; fold < FOLDS; fold++) {
      const { ordinals, probs } = predictionsFor(fold, FOLDS, ROWS, CLASSES);
      ordinals.forEach((ordinal, j) => {
        wanted.set(probs.subarray(j * CLASSES, (j + 1) * CLASSES), ordinal * CLASSES);
      });
    }
    expect(Buffer.from(data).equals(Buffer.from(wanted.buffer))).toBe(true);
  });

  it("labels and folds are int32, in the same order", async () => {
    const labels = await download("labels");
    expect(labels.header).toMatchObject({ dtype: "int32", shape: [ROWS] });
    expect([...new Int32Array(labels.data)]).toEqual(samples.map((s) => s.classIndex));
    const inFolds = await download("folds");
    expect(inFolds.header).toMatchObject({ dtype: "int32", shape: [ROWS] });
    expect([...new Int32Array(inFolds.data)]).toEqual(samples.map((s) => s.ordinal % FOLDS));
  });

  it("missing rows end the download with an error, so no client takes half for the whole", async () => {
    const { crossValidationId } = await seedPruning(api.store, 40, 2, 2);
    await poolOf(api.store).query(
      `DELETE FROM fold_probabilities p USING cross_validations c
       WHERE p.cross_validation_key = c.key AND c.id = $1 AND p.ordinal = 39`,
      [crossValidationId],
    );
    for (const part of ["probabilities", "labels"]) {
      const response = await fetch(
        `${url}/v1/cross-validations/${crossValidationId}/probabilities?part=${part}`,
      );
      await expect(response.arrayBuffer()).rejects.toThrow("terminated");
    }
  });

  it("a HEAD does not read the rows", async () => {
    const answer = await api.app.inject({ method: "HEAD", url: path("probabilities") });
    expect(answer.statusCode).toBe(405);
  });
});

describe("an export", () => {
  const path = (query: string) => `/v1/prunings/${seeded.pruningId}/export?${query}`;
  const lines = (body: string) =>
    body
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const tableOf = (body: string, format: string) =>
    parse<Record<string, string>>(body, {
      columns: true,
      delimiter: format === "tsv" ? "\t" : ",",
    });
  const wantedRow = (ordinal: number) => {
    const sample = samples[ordinal];
    const flagged = ordinal % 7 === 0;
    return {
      ordinal,
      line: ordinal + 1,
      id: `row-${ordinal}`,
      text: sample?.text,
      label: `class-${sample?.classIndex}`,
      trueLabel: `class-${sample?.trueClassIndex}`,
      flagged,
      suggested: flagged ? `class-${(ordinal + 1) % CLASSES}` : null,
      rank: flagged ? ordinal / 7 + 1 : null,
      normalizedMargin: flagged ? -0.55 : null,
      review: null,
    };
  };

  it("as jsonl has every row once, in input order, in exactly one split", async () => {
    const all = await get(path("split=all&format=jsonl"));
    expect(all.headers).toMatchObject({
      "content-type": "application/x-ndjson; charset=utf-8",
      "x-winnow-pruning": seeded.pruningId,
      "content-disposition": `attachment; filename="winnow-${seeded.pruningId}-all.jsonl"`,
    });
    expect(lines(all.body)).toEqual(samples.map((s) => wantedRow(s.ordinal)));
    const noise = lines((await get(path("split=noise"))).body);
    expect(noise.map((row) => row.ordinal)).toEqual(seeded.flagged);
    const cleaned = lines((await get(path(""))).body);
    expect([...cleaned, ...noise].sort((a, b) => Number(a.ordinal) - Number(b.ordinal))).toEqual(
      lines(all.body),
    );
  });

  it("as csv has the same rows", async () => {
    const answer = await get(path("split=all&format=csv"));
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8; header=present");
    const records = parse<Record<string, string>>(answer.body, { columns: true });
    expect(records).toEqual(
      samples.map((sample) =>
        Object.fromEntries(
          Object.entries(wantedRow(sample.ordinal)).map(([k, v]) => [
            k,
            v === null ? "" : String(v),
          ]),
        ),
      ),
    );
  });

  const CELLS = [
    "=1+1",
    "+x",
    "-x",
    "@sum",
    "\ttab",
    "\rreturn",
    "\nfeed",
    "＝1+1",
    "＋",
    "－",
    "＠x",
  ];
  const PLAIN = ["plain", "'plain", 'a "b", c\nd', "a=b"];

  it.each(["csv", "tsv"])("as %s has every cell as it is", async (format) => {
    const texts = [...CELLS, ...PLAIN, "'=1"];
    const { pruningId } = await pruneTexts(texts);
    const answer = await get(`/v1/prunings/${pruningId}/export?split=all&format=${format}`);
    expect(answer.headers["x-winnow-formula-guard"]).toBe("false");
    expect(tableOf(answer.body, format).map((r) => r.text)).toEqual(texts);
    const jsonl = await get(`/v1/prunings/${pruningId}/export?split=all`);
    expect(lines(jsonl.body).map((r) => r.text)).toEqual(texts);
  });

  it.each(["csv", "tsv"])(
    "as %s with formulaGuard marks the cells that a spreadsheet would run, but not numbers",
    async (format) => {
      const { pruningId } = await pruneTexts([...CELLS, ...PLAIN, "'=1"]);
      const answer = await get(
        `/v1/prunings/${pruningId}/export?split=all&format=${format}&formulaGuard=true`,
      );
      expect(answer.headers["x-winnow-formula-guard"]).toBe("true");
      const records = tableOf(answer.body, format);
      expect(records.map((r) => r.text)).toEqual([
        ...CELLS.map((cell) => `'${cell}`),
        ...PLAIN,
        "''=1",
      ]);
      expect(records[0]?.normalizedMargin).toBe("-0.5");
    },
  );

  it("with formulaGuard is refused in formats that no spreadsheet opens as text", async () => {
    for (const format of ["jsonl", "parquet", "toutiao-multilevel"]) {
      const answer = await get(path(`format=${format}&formulaGuard=true`));
      expect(expectProblem(answer, "invalid-parameters").errors).toEqual([
        { pointer: "/query/formulaGuard", detail: "Only for csv and tsv" },
      ]);
    }
  });

  it("as toutiao-multilevel is refused before its first byte where a row does not fit", async () => {
    const { pruningId } = await pruneTexts(["plain", "two\nlines", "a|,|b", "plain, too"]);
    const at = `/v1/prunings/${pruningId}/export?split=all&format=toutiao-multilevel`;
    const problem = expectProblem(await get(at), "unwritable-rows");
    expect(problem.status).toBe(422);
    expect(problem.detail).toContain("cannot hold 2 of the rows");
    expect(problem.detail).toContain("line 2: its text contains a line break");
    const cleaned = await get(`${at}&unwritable=clean`);
    expect(cleaned.headers["x-winnow-cleaned-rows"]).toBe("2");
    expect(cleaned.body.split("\n").slice(0, -1)).toEqual([
      "row-0|,|class-0|,|plain|,||,|",
      "row-1|,|class-1|,|two lines|,||,|",
      "row-2|,|class-0|,|a| , |b|,||,|",
      "row-3|,|class-1|,|plain, too|,||,|",
    ]);
    // The rows that do not fit are not among these.
    const noise = await get(`${at.replace("split=all", "split=noise")}`);
    expect([noise.statusCode, noise.headers["x-winnow-cleaned-rows"]]).toEqual([200, "0"]);
  });

  it("without rows is a csv with only its header", async () => {
    const { pruningId } = await pruneTexts(["a", "b"], []);
    const answer = await get(`/v1/prunings/${pruningId}/export?split=noise&format=csv`);
    expect(answer.body).toMatch(/^ordinal,line,id,text,label,[a-zA-Z,]+\n$/);
  });
});

describe("a client that disconnects", () => {
  it("returns its connection to Postgres, every time", async () => {
    const big = await seedPruning(api.store, 60_000, 3, 2);
    const busy = async () => {
      const { rows: found } = await poolOf(api.store).query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
      );
      return found[0]?.n;
    };
    const paths = [
      `/v1/prunings/${big.pruningId}/export?split=all`,
      `/v1/prunings/${big.pruningId}/export?split=all&format=csv`,
      `/v1/cross-validations/${big.crossValidationId}/probabilities`,
    ];
    // More often than there are connections (3) and slots (2).
    for (const path of [...paths, ...paths, ...paths]) {
      expect(await leaveAfterFirstBytes(path)).toBe(200);
      await soon("every download to have ended", async () => (await busy()) === 0);
    }
    const whole = await fetch(url + paths[0]);
    expect((await whole.text()).split("\n")).toHaveLength(60_001);
  }, 360_000);

  it("while it only waits counts as one download", async () => {
    const big = await seedPruning(api.store, 60_000, 3, 2);
    const path = `/v1/prunings/${big.pruningId}/export?split=all`;
    const holders = await Promise.all([hold(path), hold(path)]);
    const refused = await get(path);
    expectProblem(refused, "overloaded");
    expect(refused.headers["retry-after"]).toBe("5");
    expect(refused.headers["content-disposition"]).toBeUndefined();
    // A file that is turned away is not held open.
    const [model] = await countedEpochs(api.store, big.crossValidationId);
    const folder = `models/${big.crossValidationId}/fold-${model?.fold}/epoch-${model?.epoch}`;
    const file = join(api.storageDir, folder, "config.json");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "{}");
    const modelPath = `/v1/cross-validations/${big.crossValidationId}/models/${model?.fold}/config.json`;
    expectProblem(await get(modelPath), "overloaded");
    expect(openFiles()).not.toContain(file);
    // Others are served meanwhile.
    expect((await get("/v1/jobs?limit=1")).statusCode).toBe(200);
    for (const holder of holders) holder.destroy();
    await soon(
      "a download to be accepted again",
      async () => (await get(`/v1/prunings/${seeded.pruningId}/export`)).statusCode === 200,
    );
    expect((await get(modelPath)).body).toBe("{}");
  });

  const open = (path: string) =>
    new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
      httpGet(url + path, resolve).on("error", reject);
    });

  /** Reads a little, then reads no more: the server's buffers fill. */
  async function hold(path: string) {
    const response = await open(path);
    await new Promise((resolve) => response.once("readable", resolve));
    return response;
  }

  async function leaveAfterFirstBytes(path: string) {
    const response = await hold(path);
    response.destroy();
    return response.statusCode;
  }
});

describe("the resources of a pruning", () => {
  it("the report, the run and the dataset are found by their ids", async () => {
    const pruning = (await get(`/v1/prunings/${seeded.pruningId}`)).json<Pruning>();
    expect(pruning).toMatchObject({
      id: seeded.pruningId,
      crossValidationId: seeded.crossValidationId,
      datasetId: seeded.datasetId,
      jobId: seeded.pruningJobId,
      state: "ready",
      flagged: seeded.flagged.length,
      parameters: { semantics: "cleanlab-1.0.1", method: "prune_by_noise_rate" },
      report: { estimatedNoiseRate: 0.15, truth: { rows: ROWS, errors: ROWS / 10 } },
    });
    const run = (
      await get(`/v1/cross-validations/${seeded.crossValidationId}`)
    ).json<CrossValidation>();
    expect(run).toMatchObject({
      state: "ready",
      rows: ROWS,
      classes: CLASSES,
      folds: FOLDS,
      jobId: seeded.jobId,
    });
    const list = (await get(`/v1/cross-validations/${seeded.crossValidationId}/folds`)).json();
    expect(list).toMatchObject({ hasMore: false, nextCursor: null });
    expect(list.data.map((f: { fold: number; state: string }) => [f.fold, f.state])).toEqual(
      [0, 1, 2, 3].map((fold) => [fold, "succeeded"]),
    );
    const base = `/v1/prunings/${seeded.pruningId}`;
    expect((await get(`${base}/joint`)).json()).toEqual({
      classes: [],
      confidentJoint: [[1]],
      joint: [[1]],
      trueJoint: null,
    });
    for (const part of ["classes", "pairs"]) {
      const answer = (await get(`${base}/${part}`)).json();
      expect(answer).toEqual({ data: [], hasMore: false, nextCursor: null });
    }
  });

  it.each([
    ["flags", "order=rank"],
    ["flags", "order=ordinal"],
  ])("%s walk through every one once by %s", async (what, query) => {
    const seen: Flag[] = [];
    let cursor = "";
    for (;;) {
      const at = cursor && `&cursor=${cursor}`;
      const page = (
        await get(`/v1/prunings/${seeded.pruningId}/${what}?limit=13&${query}${at}`)
      ).json();
      seen.push(...page.data);
      if (!page.hasMore) break;
      cursor = page.nextCursor;
    }
    expect(seen.map((flag) => flag.ordinal)).toEqual(seeded.flagged);
    expect(seen.map((flag) => flag.rank)).toEqual(seen.map((_, at) => at + 1));
    expect(seen[1]).toMatchObject({ given: "class-2", suggested: "class-3", rank: 2, fold: 3 });
    expect(seen[1]?.text).toBe(samples[7]?.text);
  });

  it("flags are filtered by given, suggested and fold", async () => {
    const path = `/v1/prunings/${seeded.pruningId}/flags`;
    const given = (await get(`${path}?given=class-2&limit=1000`)).json().data as Flag[];
    expect(given.map((f) => f.ordinal)).toEqual(seeded.flagged.filter((o) => o % CLASSES === 2));
    const fold = (await get(`${path}?fold=1&limit=1000`)).json().data as Flag[];
    expect(fold.map((f) => f.ordinal)).toEqual(seeded.flagged.filter((o) => o % FOLDS === 1));
    expect((await get(`${path}?given=no%00such`)).json().data).toEqual([]);
    expect((await get(`${path}?suggested=class-0&given=class-0`)).json().data).toEqual([]);
  });
});

describe("a dataset", () => {
  it("is read in its parts, and gone once it is deleted", async () => {
    const { datasetId, crossValidationId, pruningId } = await seedPruning(api.store, 40, 2, 2);
    const base = `/v1/datasets/${datasetId}`;
    expect((await get(base)).json()).toMatchObject({ id: datasetId, rows: 40, classes: 2 });
    expect((await get(`${base}/profile`)).json()).toMatchObject({ rowsRead: 41, kept: 40 });
    expect((await get(`${base}/classes`)).json().data).toHaveLength(2);
    expect((await get(`${base}/rejects`)).json().data).toEqual([
      { line: 41, reason: "empty-text", detail: "no text", excerpt: "" },
    ]);
    const page = (await get(`${base}/samples?limit=3`)).json();
    const next = (await get(`${base}/samples?limit=3&cursor=${page.nextCursor}`)).json();
    expect([...page.data, ...next.data].map((s: { ordinal: number }) => s.ordinal)).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
    const removed = await api.app.inject({ method: "DELETE", url: base });
    expect([removed.statusCode, removed.body]).toEqual([204, ""]);
    expectProblem(await get(base), "dataset-not-found");
    expectProblem(
      await get(`/v1/cross-validations/${crossValidationId}`),
      "cross-validation-not-found",
    );
    expectProblem(await get(`/v1/prunings/${pruningId}`), "pruning-not-found");
    expectProblem(await api.app.inject({ method: "DELETE", url: base }), "dataset-not-found");
  });
});

/** A finished pruning over given texts; `flagged` are ordinals. */
async function pruneTexts(texts: string[], flagged = [0]) {
  const jobId = await queueIngest(api.store);
  const held = await mustClaim(api.store, jobId);
  const made = makeSamples(texts.length, 2).map((s, i) => ({ ...s, text: texts[i]! }));
  await writeDataset(api.store, held, batchesOf(made, 2));
  const training = await queueTraining(api.store, held.datasetId, { folds: 2 });
  for (const fold of [0, 1]) {
    const claim = await mustClaim(api.store, training.jobId, fold);
    await writeFold(api.store, claim, predictionsFor(fold, 2, texts.length, 2), FOLD_METRICS);
  }
  const params = PruningParams.parse({ crossValidationId: training.crossValidationId });
  const pruningJob = await withTransaction(api.store, (tx) => createPruning(tx, params));
  const claim = await mustClaim(api.store, pruningJob);
  await writePruning(
    api.store,
    claim,
    flagged.map((ordinal, rank) => ({
      rank,
      ordinal,
      given: 0,
      suggested: 1,
      fold: 0,
      selfConfidence: 0.1,
      normalizedMargin: -0.5,
      review: null,
      errorProbability: null,
      errorOdds: null,
      stability: null,
      suggestedProbability: 0.6,
      reason: {},
    })),
    {
      counts: {},
      thresholds: [],
      healthScore: 1,
      estimatedNoiseRate: 0,
      estimatedNoiseInterval: null,
      noise: null,
      truth: null,
      stability: null,
      warnings: [],
    },
    { classes: [], confidentJoint: [], joint: [], trueJoint: null, perClass: [], pairs: [] },
  );
  return { pruningId: claim.pruningId as string };
}
