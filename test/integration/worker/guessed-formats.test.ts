import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { previewCorpus, writeCorpus } from "@winnow/corpus";
import { listSamples, readDataset } from "@winnow/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ended, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

let fixture: WorkerFixture;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
});

afterAll(async () => {
  await fixture.close();
});

const AUTO = { format: { type: "auto" } };

async function parquet(): Promise<Buffer> {
  const rows = Array.from({ length: 50 }, (_, i) => ({
    id: `${i}`,
    text: `a text ${i}`,
    label: i % 2 ? "odd" : "even",
  }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCorpus(rows, { format: "parquet" })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const FILES: [what: string, content: string | Buffer | (() => Promise<Buffer>)][] = [
  ["csv", makeCsv(300)],
  ["csv with names in Chinese", "评论,标签\n很好看的电影,正面\n太差了,负面\n还可以,正面\n"],
  ["Excel's csv", "sep=;\r\nTitel;Rubrik\r\nRates rise;economy\r\nTeam wins;sport\r\n"],
  ["a sorted csv, gzipped", gzipSync(sorted())],
  [
    "GB18030",
    Buffer.from("b5e7d3b0bac3bfb42c310abee7c7e9ccabb2eec1cb2c300ad1ddd4b1bac32c310a", "hex"),
  ],
  ["jsonl", '{"sentence":"a film","y":1}\n{"sentence":"a play","y":0}\n'],
  ["parquet", parquet],
];

function sorted(): string {
  const lines = Array.from({ length: 30_000 }, (_, i) => `${i < 20_000 ? 0 : 1},some words ${i}`);
  return ["y,x", ...lines].join("\n");
}

it.each(FILES)("the worker guesses the format of %s as a preview does", async (_, content) => {
  const bytes = Buffer.from(typeof content === "function" ? await content() : content);
  async function* open() {
    yield bytes;
  }
  const preview = await previewCorpus(open);
  expect(preview.problem).toBeNull();
  const { result, datasetId } = await succeeded(
    fixture.store,
    await postIngest(fixture, bytes, AUTO),
  );
  expect(result?.format).toEqual(preview.format);
  expect(result?.guess).toMatchObject({ confidence: preview.confidence });
  const dataset = await readDataset(fixture.store, String(datasetId));
  expect(dataset).toMatchObject({
    format: preview.format?.type,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    classes: expect.any(Number),
  });
  const { data } = await listSamples(fixture.store, String(datasetId), { limit: 1 });
  expect(data[0]?.text).toBe(preview.samples[0]?.text);
});

it("a format that is left out is guessed, too; one that is given shows in the result", async () => {
  const guessed = await succeeded(
    fixture.store,
    await postIngest(fixture, makeCsv(30), { format: undefined }),
  );
  expect(guessed.result).toMatchObject({
    format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
    guess: { confidence: expect.any(Number), alternatives: [] },
  });
  const given = await succeeded(
    fixture.store,
    await postIngest(fixture, makeCsv(30), { format: { type: "csv" } }),
  );
  expect(given.result?.format).toEqual({ type: "csv" });
  expect(given.result).not.toHaveProperty("guess");
});

const UNCLEAR = ["a,b,c", ...["a film,x,p", "a play,y,q", "a song,x,q", "a tale,y,p"]].join("\n");

it("a file whose format is not clear is refused, with what it could be", async () => {
  const job = await ended(fixture.store, await postIngest(fixture, UNCLEAR, AUTO));
  expect(job).toMatchObject({
    state: "failed",
    error: { code: "format-unclear", status: 422, retryable: false },
  });
  expect(job.error?.errors[0]).toEqual({
    pointer: "/format",
    detail: expect.stringMatching(/the label may be in .*\{"type":"csv"/),
  });
});

it("what is given of a format is kept, and makes a file clear", async () => {
  const format = { type: "auto", labelColumn: "c", labelNames: ["q", "p"] };
  const { result } = await succeeded(fixture.store, await postIngest(fixture, UNCLEAR, { format }));
  expect(result?.format).toEqual({
    type: "csv",
    textColumn: "a",
    labelColumn: "c",
    labelNames: ["q", "p"],
  });
});

it("a file that cannot be guessed is refused as a preview refuses it", async () => {
  const prose = await ended(fixture.store, await postIngest(fixture, "one\ntwo\n", AUTO));
  expect(prose.error).toMatchObject({ code: "format-unclear" });
  const arrow = Buffer.concat([Buffer.from("ARROW1\0\0"), Buffer.alloc(600)]);
  const other = await ended(fixture.store, await postIngest(fixture, arrow, AUTO));
  expect(other.error).toMatchObject({ code: "unsupported-file" });
  const empty = await ended(fixture.store, await postIngest(fixture, "", AUTO));
  expect(empty.error).toMatchObject({ code: "empty-file" });
});
