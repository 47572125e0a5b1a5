import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Upload } from "@winnow/contracts";
import { readUpload } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { soon } from "../../support/jobs.js";

const MAX_UPLOAD_BYTES = 200_000;
let api: TestApi;
let url: string;
let before: string[];

beforeAll(async () => {
  api = await openTestApi({ config: { maxUploadBytes: MAX_UPLOAD_BYTES } });
  url = await api.listen();
  await api.app.inject({ method: "POST", url: "/v1/uploads", payload: "the first" });
});
afterAll(() => api.close());
beforeEach(() => {
  before = files();
});

const folder = () => join(api.storageDir, "uploads");
const files = () => readdirSync(folder()).sort();
const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
const rows = async () => (await poolOf(api.store).query("SELECT id FROM uploads")).rowCount;

/** Sends over a real socket; the answer as `inject` would give it. */
async function send(body: NonNullable<RequestInit["body"]>, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/uploads`, { method: "POST", body, headers });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

async function expectStored(answer: Awaited<ReturnType<typeof send>>, data: string | Buffer) {
  expect(answer.statusCode).toBe(201);
  const upload = JSON.parse(answer.body) as Upload;
  expect(upload).toEqual({
    id: expect.stringMatching(/^up_/),
    bytes: Buffer.byteLength(data),
    received: Buffer.byteLength(data),
    sha256: sha256(data),
    createdAt: expect.any(String),
  });
  expect(answer.headers.location).toBe(`/v1/uploads/${upload.id}`);
  const { storageKey } = await readUpload(api.store, upload.id);
  expect(readFileSync(join(api.storageDir, storageKey))).toEqual(Buffer.from(data));
  return upload;
}

describe("a body is stored byte by byte", () => {
  it.each([
    ["text/plain; charset=utf-8"],
    ["application/octet-stream"],
    ["application/json"],
    ["application/x-ndjson"],
    ["text/csv"],
  ])("as %s", async (type) => {
    const data = `{"not": json\n汉字 ${type}`;
    await expectStored(await send(data, { "content-type": type }), data);
  });

  it("without a content type", async () => {
    const data = Buffer.from([0, 1, 2, 255]);
    await expectStored(await send(data), data);
  });

  it("in chunks, without a length", async () => {
    const data = Buffer.alloc(MAX_UPLOAD_BYTES, "winnow ");
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < data.length; at += 7_001) {
          controller.enqueue(data.subarray(at, at + 7_001));
        }
        controller.close();
      },
    });
    const response = await fetch(`${url}/v1/uploads`, {
      method: "POST",
      body: chunks,
      duplex: "half",
    } as RequestInit);
    const answer = {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
    await expectStored(answer, data);
  });

  it("a file of gzip stays gzip; a body that is said to be encoded is not", async () => {
    const plain = "标题\t标签\n".repeat(1000);
    const packed = gzipSync(plain);
    await expectStored(await send(packed, { "content-encoding": "gzip" }), plain);
    const upload = await expectStored(await send(packed), packed);
    expect(gunzipSync(readFileSync(join(folder(), upload.id))).toString()).toBe(plain);
  });

  it("as the one file of a form, whose name is not part of the path", async () => {
    const form = new FormData();
    form.append("file", new Blob(["a,b\n1,2\n"]), "../../evil\u0000.csv");
    const upload = await expectStored(await send(form), "a,b\n1,2\n");
    expect(files()).toEqual([...before, upload.id].sort());
  });
});

describe("nothing is left of", () => {
  const expectNothingLeft = async (work: () => Promise<unknown>) => {
    const had = await rows();
    await work();
    expect(files()).toEqual(before);
    expect(await rows()).toBe(had);
  };

  it("an empty body", () =>
    expectNothingLeft(async () => {
      expectProblem(await send(""), "upload-empty");
      expectProblem(await api.app.inject({ method: "POST", url: "/v1/uploads" }), "upload-empty");
      const form = new FormData();
      form.append("file", new Blob([]), "empty.csv");
      expectProblem(await send(form), "upload-empty");
    }));

  it("a body above the limit, declared or not", () =>
    expectNothingLeft(async () => {
      const big = Buffer.alloc(MAX_UPLOAD_BYTES + 1);
      expectProblem(await send(big), "payload-too-large");
      const form = new FormData();
      form.append("file", new Blob([big]), "big.csv");
      expectProblem(await send(form), "payload-too-large");
      expectProblem(await sendChunked(big, 40), "payload-too-large");
    }));

  it("a form that is not one file", () =>
    expectNothingLeft(async () => {
      const none = new FormData();
      none.append("name", "x");
      expect(expectProblem(await send(none), "validation-failed").errors).toEqual([
        { pointer: "/name", detail: expect.any(String) },
      ]);
      const two = new FormData();
      two.append("a", new Blob(["1"]), "a.csv");
      two.append("b", new Blob(["2"]), "b.csv");
      expectProblem(await send(two), "validation-failed");
      const late = new FormData();
      late.append("a", new Blob(["1"]), "a.csv");
      late.append("name", "x");
      expectProblem(await send(late), "validation-failed");
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      expectProblem(await send("--x\r\nbroken", headers), "validation-failed");
      expectProblem(
        await send("x", { "content-type": "multipart/form-data" }),
        "validation-failed",
      );
    }));

  it("a client that disconnects half way, raw or in a form", () =>
    expectNothingLeft(async () => {
      const form = { "content-type": "multipart/form-data; boundary=x" };
      const head = '--x\r\ncontent-disposition: form-data; name="f"; filename="a"\r\n\r\n';
      for (const [headers, start] of [
        [{}, ""],
        [form, head],
      ] as const) {
        const leaving = request(`${url}/v1/uploads`, {
          method: "POST",
          headers: { ...headers, "content-length": 100_000 },
        });
        leaving.on("error", () => {});
        leaving.write(start + "x".repeat(50_000));
        await soon("an unfinished file", () => files().some((name) => name.endsWith(".part")));
        leaving.destroy();
        await soon("the unfinished file to be gone", () =>
          files().every((name) => !name.endsWith(".part")),
        );
      }
    }));
});

it("the connection stays usable after a refusal", async () => {
  for (let i = 0; i < 3; i++) {
    expectProblem(await send(Buffer.alloc(MAX_UPLOAD_BYTES * 20)), "payload-too-large");
    expect((await send("small")).statusCode).toBe(201);
  }
});

describe("an idempotency key", () => {
  it("returns the first upload again, and keeps one file", async () => {
    const headers = { "idempotency-key": "upload" };
    const first = await send("same bytes", headers);
    const after = files();
    const form = new FormData();
    form.append("file", new Blob(["same bytes"]), "same.csv");
    for (const again of [await send("same bytes", headers), await send(form, headers)]) {
      expect(again.statusCode).toBe(201);
      expect(again.headers["idempotent-replayed"]).toBe("true");
      expect(again.headers.location).toBe(first.headers.location);
      expect(JSON.parse(again.body)).toEqual(JSON.parse(first.body));
    }
    expect(files()).toEqual(after);
  });

  it("is refused with other bytes, which are not kept", async () => {
    const headers = { "idempotency-key": "other bytes" };
    await send("one", headers);
    const after = files();
    expectProblem(await send("two", headers), "idempotency-key-reuse");
    expect(files()).toEqual(after);
  });

  it("keeps one file of many simultaneous ones", async () => {
    const headers = { "idempotency-key": "uploads at once" };
    const answers = await Promise.all(Array.from({ length: 10 }, () => send("bytes", headers)));
    const stored = answers.filter((answer) => answer.statusCode === 201);
    for (const answer of answers) {
      if (answer.statusCode !== 201) expectProblem(answer, "idempotency-in-flight");
    }
    const ids = new Set(stored.map((answer) => (JSON.parse(answer.body) as Upload).id));
    expect(ids.size).toBe(1);
    expect(files()).toEqual([...before, ...ids].sort());
  });
});

/** Sends a body without saying its length, `times` over. */
function sendChunked(chunk: Buffer, times: number) {
  return new Promise<Awaited<ReturnType<typeof send>>>((resolve, reject) => {
    const sending = request(`${url}/v1/uploads`, { method: "POST" }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.on("end", () =>
        resolve({
          statusCode: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          body,
        }),
      );
    });
    sending.on("error", reject);
    for (let i = 0; i < times; i++) sending.write(chunk);
    sending.end();
  });
}
