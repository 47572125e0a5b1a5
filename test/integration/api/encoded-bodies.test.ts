import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ config: { maxUploadBytes: 100_000 } });
});
afterAll(() => api.close());

const FILE = Buffer.from("text,label\n".padEnd(50_000, "好,a\n"));

const upload = (payload: Buffer, encoding: string) =>
  api.app.inject({
    method: "POST",
    url: "/v1/uploads",
    headers: { "content-type": "application/octet-stream", "content-encoding": encoding },
    payload,
  });

it.each([
  ["gzip", gzipSync(FILE)],
  ["x-gzip", gzipSync(FILE)],
  ["deflate", deflateSync(FILE)],
  ["BR", brotliCompressSync(FILE)],
  ["identity", FILE],
] as const)("an upload encoded as %s is stored as the file that it is", async (encoding, body) => {
  const answer = await upload(body, encoding);
  expect(answer.statusCode, answer.body).toBe(201);
  const { id, bytes } = answer.json();
  expect(bytes).toBe(FILE.length);
  expect(readFileSync(join(api.storageDir, "uploads", id)).equals(FILE)).toBe(true);
});

it("the limit of an upload holds for what is decoded", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeLessThan(100_000);
  expectProblem(await upload(bomb, "gzip"), "payload-too-large");
});

it("a body that is cut, or encoded otherwise than it says, is a 400 that says so", async () => {
  for (const [encoding, body] of [
    ["gzip", gzipSync(FILE).subarray(0, 40)],
    ["gzip", FILE],
    ["deflate", gzipSync(FILE)],
    ["br", FILE],
  ] as const) {
    const { detail } = expectProblem(await upload(body, encoding), "validation-failed");
    expect(detail).toMatch(/^The encoded body cannot be decoded: /);
  }
});

it("another encoding, or one where none is decoded, is a 415 that says what is taken", async () => {
  const refused = expectProblem(await upload(FILE, "zstd"), "unsupported-media-type");
  expect(refused.detail).toContain("gzip, x-gzip, deflate, br are decoded");
  const json = await api.app.inject({
    method: "POST",
    url: "/v1/jobs/pruning",
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    payload: gzipSync("{}"),
  });
  expect(expectProblem(json, "unsupported-media-type").detail).toContain("POST /v1/uploads");
});
