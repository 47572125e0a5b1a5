import { appendFile, cp, mkdtemp, readdir, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { openSentenceEncoder } from "./sentence-encoder.js";

const SHAPE = fileURLToPath(
  new URL("../../../../test/golden/bert-shapes/bare-names", import.meta.url),
);

let folder: string;
let read: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "winnow-record-"));
  await cp(SHAPE, join(folder, "model"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function open(maxLength = 16) {
  read = [];
  return openSentenceEncoder(join(folder, "model"), {
    maxLength,
    recordFolder: join(folder, "records"),
    selectBackend: () => selectBackend("wasm"),
    readFile(path) {
      read.push(basename(path));
      return readFile(path);
    },
  });
}

/** As if the records were written long after the files of the model. */
async function age(seconds = 60): Promise<void> {
  for (const name of await readdir(join(folder, "records"))) {
    const later = Date.now() / 1000 + seconds;
    await utimes(join(folder, "records", name), later, later);
  }
}

describe("the record of an encoder's folder", () => {
  it("a folder that is the same is opened without its weights, until a text is encoded", async () => {
    const first = await open();
    expect(read).toContain("model.safetensors");
    await age();
    const second = await open();
    expect(read).not.toContain("model.safetensors");
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(second.config).toEqual(first.config);
    const ids = second.tokenizer.encode("the cat");
    expect(ids).toEqual(first.tokenizer.encode("the cat"));
    const batch = { batch: 1, length: ids.length, ids, lengths: Int32Array.of(ids.length) };
    expect(await second.vectors(batch)).toEqual(await first.vectors(batch));
    expect(read).toContain("model.safetensors");
    for (const encoder of [first, second]) encoder.dispose();
  });

  it("weights that changed, or may have, are read", async () => {
    await open();
    // The files were copied just now: they may change within a tick of their clock.
    await age(-60);
    await open();
    expect(read).toContain("model.safetensors");
    await age();
    await appendFile(join(folder, "model", "config.json"), "\n");
    await open();
    expect(read).toContain("model.safetensors");
  });

  it("weights that change after the folder was opened are refused", async () => {
    await open();
    await age();
    const encoder = await open();
    const path = join(folder, "model", "config.json");
    const config = JSON.parse((await readFile(path)).toString());
    await cp(SHAPE, join(folder, "model"), { recursive: true });
    await rm(path);
    await appendFile(path, JSON.stringify({ ...config, layer_norm_eps: 0.5 }));
    const ids = encoder.tokenizer.encode("the cat");
    const batch = { batch: 1, length: ids.length, ids, lengths: Int32Array.of(ids.length) };
    await expect(encoder.vectors(batch)).rejects.toThrow(/has changed meanwhile/);
  });

  it("another length is another encoder", async () => {
    const long = await open();
    await age();
    const short = await open(12);
    expect(read).toContain("model.safetensors");
    expect(short.fingerprint).not.toBe(long.fingerprint);
  });
});
