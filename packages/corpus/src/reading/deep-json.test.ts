import { describe, expect, it } from "vitest";
import { CorpusError } from "../errors.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import { previewCorpus } from "./preview.js";
import { readWhole } from "./read-whole.js";

const DEPTH = 100_000;
const LISTS = `${"[".repeat(DEPTH)}1${"]".repeat(DEPTH)}`;
const OBJECTS = `${'{"text":'.repeat(DEPTH)}1${"}".repeat(DEPTH)}`;

/** Rows or one CorpusError; anything else is an error of ours. */
async function settles(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => expect(error).toBeInstanceOf(CorpusError));
}

describe("JSON that is nested 100,000 levels deep", () => {
  const files = {
    "a list": LISTS,
    "an object": OBJECTS,
    "a label": `{"text":"a","label":${LISTS}}`,
    "a text": `{"text":${OBJECTS},"label":"a"}`,
    "a column": `{"text":"a","label":"b","more":${LISTS}}`,
    "a list that does not end": "[".repeat(DEPTH),
  };
  const types = ["csv", "tsv", "jsonl", "json", "fasttext", "toutiao"] as const;
  it.each(Object.entries(files))("%s gives rows, rejects or one error", async (_, file) => {
    for (const type of types) {
      const format: DatasetFormat = { type };
      await settles(readWhole(file, { format }));
      await settles(previewCorpus(() => bytesOf(file), { format }));
    }
    await settles(previewCorpus(() => bytesOf(file)));
  });
});

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(file);
}
