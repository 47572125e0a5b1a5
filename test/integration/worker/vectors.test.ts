import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeStrings, npyHeader } from "@winnow/npy";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import { eventually, jobOf, TINY_MODEL } from "../../support/jobs.js";
import { probabilitiesOf } from "../../support/probabilities.js";
import { openService, type TestService } from "../../support/service.js";
import { killChildrenOf } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 180_000 });

const CLASSES = ["animals", "machines", "weather"];
const [ROWS, D, REJECTED] = [300, 12, 7];

let state = 3;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

/** Texts that say little of their class: mostly the vectors do. Every tenth label is wrong. */
const makeRows = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const truth = Math.floor(random() * 3);
    const word = random() < 0.3 ? CLASSES[truth] : `word${Math.floor(random() * 9)}`;
    return {
      id: `r${i}`,
      text: `${word} and word${Math.floor(random() * 9)} of ${i}`,
      label: CLASSES[i % 10 === 4 ? (truth + 1) % 3 : truth]!,
      isWrong: i % 10 === 4,
      vector: Array.from({ length: D }, (_, c) => random() - 0.5 + Number(c % 3 === truth)),
    };
  });

const rows = makeRows(ROWS);
const vectors = rows.map(({ vector }) => vector);
const csvOf = (of: typeof rows) =>
  of.map(({ id, text, label }) => `${id},${text},${label}`).toSpliced(REJECTED, 0, "x,,animals");

function npyOf(values: readonly number[][], dtype: "float32" | "float64" = "float32") {
  const flat = values.flat();
  const array = dtype === "float64" ? Float64Array.from(flat) : Float32Array.from(flat);
  const header = npyHeader({ dtype, shape: [values.length, values[0]!.length] });
  return new Uint8Array(Buffer.concat([header, new Uint8Array(array.buffer)]));
}

function idsOf(ids: readonly string[]) {
  const header = npyHeader({ dtype: "str", characters: 6, shape: [ids.length] });
  return new Uint8Array(Buffer.concat([header, encodeStrings(ids, 6)]));
}

let service: TestService;
let datasetId: string;
let dir: string;
let embeddings: { uploadId: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "winnow-vectors-"));
  service = await openService({ worker: { WORKER_ROLES: "cpu,orchestrator,trainer" } });
  datasetId = await ingest(rows);
  embeddings = { uploadId: await service.upload(npyOf(vectors)) };
}, 180_000);

afterAll(async () => {
  console.log(
    service.worker
      .output()
      .split("\n")
      .filter((l) => /stack|training failed/.test(l))
      .join("\n"),
  );
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

async function ingest(of: typeof rows): Promise<string> {
  const csv = ["id,text,label", ...csvOf(of)].join("\n");
  const { id } = await service.client.call("createDatasetIngest", {
    body: {
      name: "generated",
      source: { type: "upload", uploadId: await service.upload(csv) },
      format: { type: "csv", idColumn: "id" },
    },
  });
  return (await service.succeeded(id)).datasetId as string;
}

const post = (body: object) =>
  service.client.call("createFoldTraining", { body: { datasetId, ...body } as never });

async function trained(body: object): Promise<string> {
  return (await service.succeeded((await post(body)).id)).crossValidationId as string;
}

/** The run's probabilities and those of its members, by name. */
async function answerOf(id: string): Promise<Map<string, number[][]>> {
  const { store } = service.fixture;
  const { data } = await service.client.call("listCrossValidations", { query: { parentId: id } });
  const answer = new Map([["pool", await probabilitiesOf(store, id)]]);
  for (const run of data.sort((a, b) => (a.member! < b.member! ? -1 : 1))) {
    answer.set(run.member as string, await probabilitiesOf(store, run.id));
  }
  return answer;
}

const quick = (more: object = {}) => ({
  model: { kind: "quick", embeddings: { ...embeddings, ...more } },
});
const TEXTS_AND_VECTORS = ["pool", "quick", "second", "vectors", "vectors-second"];

describe("vectors in the service", () => {
  let answer: Map<string, number[][]>;

  it("give the members of winnow audit --embeddings, bit for bit, each readable", async () => {
    const id = await trained({ ...quick(), pruning: {} });
    answer = await answerOf(id);
    expect([...answer.keys()]).toEqual(TEXTS_AND_VECTORS);
    writeFileSync(join(dir, "titles.csv"), ["id,text,label", ...csvOf(rows)].join("\n"));
    writeFileSync(join(dir, "e.npy"), npyOf(vectors));
    const { code, stdout, stderr } = await runCli(
      ["audit", "titles.csv", "--id-column", "id", "--no-files", "--embeddings", "e.npy"].concat([
        "--json",
        "--top",
        "300",
      ]),
      { env: { WINNOW_URL: "http://127.0.0.1:9", DATABASE_URL: "", REDIS_URL: "" }, cwd: dir },
    );
    expect(code, stderr).toBe(0);
    const { worst } = JSON.parse(stdout) as {
      worst: {
        record: number;
        given: string;
        suggested: string;
        members: { name: string; given: number; suggested: number }[];
      }[];
    };
    expect(worst.length).toBeGreaterThan(20);
    for (const { record, given, suggested, members } of worst) {
      const row = record - 1 - Number(record > REJECTED);
      for (const member of members) {
        const own = answer.get(member.name)![row]!;
        expect(own[CLASSES.indexOf(given)]).toBe(Math.fround(member.given));
        expect(own[CLASSES.indexOf(suggested)]).toBe(Math.fround(member.suggested));
      }
    }
    const found = worst.slice(0, 20).filter(({ record }) => {
      return rows[record - 1 - Number(record > REJECTED)]!.isWrong;
    });
    expect(found.length).toBeGreaterThan(14);
    for (const member of ["vectors", "vectors-second"]) {
      const url = `${service.api.url}/v1/cross-validations/${id}/probabilities?member=${member}`;
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      const values = new Float32Array(bytes.buffer.slice(bytes.length - 4 * ROWS * 3));
      expect([...values]).toEqual(answer.get(member)!.flat());
    }
    const run = await service.client.call("getCrossValidation", { params: { id } });
    expect(run.warnings).toMatchObject([{ code: "few-rows" }]);
    const { data } = await service.client.call("listFolds", { params: { id } });
    expect(data[0]!.backend).toMatchObject({ vectors: { columns: D } });
  });

  it("give each flag its three nearest rows, with their labels, as long as their file is there", async () => {
    const uploadId = await service.upload(npyOf(vectors));
    const id = await trained(quick({ uploadId }));
    const flagsOf = async () => {
      const body = { crossValidationId: id };
      const job = await service.client.call("createPruning", { body });
      const params = { id: (await service.succeeded(job.id)).pruningId as string };
      return (await service.client.call("listFlags", { params, query: { limit: 300 } })).data;
    };
    const flags = await flagsOf();
    expect(flags.length).toBeGreaterThan(10);
    for (const { ordinal, evidence } of flags) {
      const own = vectors[ordinal]!;
      const cosines = vectors.map((other, row) => ({
        ordinal: row,
        label: rows[row]!.label,
        similarity:
          own.reduce((sum, value, c) => sum + value * other[c]!, 0) /
          (Math.hypot(...own) * Math.hypot(...other)),
      }));
      const expected = cosines
        .filter((one) => one.ordinal !== ordinal)
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, 3);
      expect(evidence?.nearest?.map(({ ordinal: near, label }) => [near, label])).toEqual(
        expected.map(({ ordinal: near, label }) => [near, label]),
      );
      evidence?.nearest?.forEach(({ similarity }, i) => {
        expect(similarity).toBeCloseTo(expected[i]!.similarity, 6);
      });
    }
    await service.client.call("deleteUpload", { params: { id: uploadId } });
    for (const { evidence } of await flagsOf()) {
      expect(evidence?.difference).toEqual(expect.any(Number));
      expect(evidence?.nearest).toBeUndefined();
    }
  });

  it("come one a sample, one a record of the file, or in any order by ids", async () => {
    const broken = new Array(D).fill(Number.NaN);
    const records = await service.upload(npyOf(vectors.toSpliced(REJECTED, 0, broken)));
    expect(await answerOf(await trained(quick({ uploadId: records })))).toEqual(answer);
    const turned = await service.upload(npyOf([broken, ...vectors.toReversed()]));
    const ids = await service.upload(idsOf(["other", ...rows.map(({ id }) => id).reverse()]));
    expect(await answerOf(await trained(quick({ uploadId: turned, ids })))).toEqual(answer);
  });

  it("leave a network and its rows as a member, outside of the pool", async () => {
    const network = { ...TINY_MODEL, embeddings };
    const asked = { training: { epochs: 1 }, folds: 2, backend: "wasm" };
    const id = await trained({ model: network, ...asked });
    const pooled = await answerOf(id);
    expect([...pooled.keys()].sort()).toEqual([...TEXTS_AND_VECTORS, "network"].sort());
    expect(pooled.get("vectors")).toEqual(answer.get("vectors"));
    expect(pooled.get("second")).not.toEqual(answer.get("second"));
    const alone = await trained({ model: TINY_MODEL, ...asked, secondRound: false });
    expect(pooled.get("network")).toEqual((await answerOf(alone)).get("pool"));
    const linear = await trained({ model: { kind: "linear", embeddings }, folds: 2 });
    expect((await answerOf(linear)).has("linear")).toBe(true);
  });

  it("are refused where they do not fit, with what, where and how to fix it", async () => {
    const failed = async (content: Uint8Array<ArrayBuffer>, more: object = {}) => {
      const asked = quick({ uploadId: await service.upload(content), ...more });
      return (await service.ended((await post(asked)).id)).error;
    };
    const nan = vectors.map((row) => row.slice());
    nan[17]![5] = Number.NaN;
    expect(await failed(npyOf(nan))).toMatchObject({
      code: "bad-npy",
      detail: expect.stringMatching(/embeddings: .*row 17, column 5: NaN is not a finite number/),
    });
    expect(await failed(npyOf(vectors.slice(1)))).toMatchObject({
      code: "bad-npy",
      detail: expect.stringMatching(/have 299 rows; the dataset has 300 samples\. Save one vector/),
    });
    const ids = await service.upload(idsOf(rows.map(({ id }) => `${id}x`)));
    expect(await failed(npyOf(vectors), { ids })).toMatchObject({
      code: "bad-npy",
      detail: expect.stringMatching(/sample 0 has the id "r0", which no vector has/),
    });
    const flat = npyHeader({ dtype: "float32", shape: [ROWS] });
    const whole = npyHeader({ dtype: "int32", shape: [ROWS, 2] });
    const validated = async (header: Uint8Array, bytes: number) => {
      const content = Buffer.concat([header, new Uint8Array(bytes)]);
      const uploadId = await service.upload(new Uint8Array(content));
      const body = { datasetId, ...quick({ uploadId }) } as never;
      return service.client.validate("createFoldTraining", { body });
    };
    await expect(validated(flat, 4 * ROWS)).rejects.toMatchObject({
      problem: { code: "bad-npy", detail: expect.stringContaining("this array has (300)") },
    });
    await expect(validated(whole, 8 * ROWS)).rejects.toMatchObject({
      problem: { code: "bad-npy", detail: expect.stringContaining("save array.astype") },
    });
    await expect(
      post({ ...quick(), model: { kind: "linear", embeddings }, secondRound: false }),
    ).rejects.toMatchObject({ problem: { code: "invalid-parameters" } });
    await expect(
      post(quick({ uploadId: "up_00000000-0000-7000-8000-000000000000" })),
    ).rejects.toMatchObject({
      problem: { code: "upload-not-found" },
    });
  });

  it("are estimated beforehand, by the columns of their file", async () => {
    const estimate = async (body: object) => {
      const asked = { datasetId, ...body } as never;
      return (await service.client.validate("createFoldTraining", { body: asked })).estimate;
    };
    const texts = await estimate({ model: { kind: "quick" } });
    const both = await estimate(quick());
    expect(both.storageBytes).toBe(5 * texts.storageBytes!);
    expect(both.peakMemoryBytes).toBeGreaterThan(texts.peakMemoryBytes!);
    const wide = Array.from({ length: ROWS }, () => new Array(700).fill(1));
    const more = await estimate(quick({ uploadId: await service.upload(npyOf(wide)) }));
    // 10 folds' sums of 700 x 700 doubles, of which a half is kept.
    expect(more.peakMemoryBytes! - both.peakMemoryBytes!).toBeGreaterThan(10 * 4 * 700 ** 2);
  });

  it("survive the death of their process with the same bits, and keep their upload", async () => {
    const many = makeRows(15_000);
    const large = await ingest(many);
    const uploadId = await service.upload(npyOf(many.map(({ vector }) => vector)));
    const asked = { datasetId: large, ...quick({ uploadId }) };
    const undisturbed = await answerOf(await trained(asked));
    const job = await post(asked);
    await eventually("the rounds", async () => {
      const [task] = (await jobOf(service.fixture.store, job.id)).tasks;
      return task?.state === "running" && task.step > 5_000;
    });
    await expect(
      service.client.call("deleteUpload", { params: { id: uploadId } }),
    ).rejects.toMatchObject({ problem: { status: 409 } });
    killChildrenOf(service.worker);
    const again = await service.succeeded(job.id);
    expect(again.tasks[0]!.attempt).toBe(2);
    const { rows: counts } = await poolOf(service.fixture.store).query<{ n: number }>(
      `SELECT count(*)::int AS n FROM fold_probabilities p
       JOIN cross_validations c ON c.key = p.cross_validation_key
       WHERE c.id = $1 OR c.parent_id = $1 GROUP BY c.id`,
      [job.crossValidationId],
    );
    expect(counts.map(({ n }) => n)).toEqual(new Array(5).fill(15_000));
    const answer = await answerOf(again.crossValidationId as string);
    for (const [name, probs] of undisturbed) expect(answer.get(name), name).toStrictEqual(probs);
  });
});
