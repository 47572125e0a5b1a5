import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  answerJson,
  type EmbeddingsServer,
  embeddingsOf,
  type Interference,
  startEmbeddingsServer,
  wordVector,
} from "../../../../test/support/embeddings-server.js";
import { type EndpointOptions, openEndpoint, type ServedModel } from "../endpoint/endpoint.js";
import { type EmbeddingCache, type EmbedOptions, embedTexts } from "./embed-texts.js";

const KEY = "sk-very.secret/key";
/** Short, so that a test takes no half minute. */
const WAITS_MS = [5, 5, 5, 5];

let server: EmbeddingsServer;

beforeEach(async () => {
  server = await startEmbeddingsServer();
});
afterEach(() => server.close());

const texts = (count: number) =>
  Array.from({ length: count }, (_, i) => `title ${i} ${"word ".repeat(i % 7)}`.trim());

async function embed(
  given: Iterable<string>,
  options: Partial<EmbedOptions> = {},
  how: Partial<EndpointOptions> = {},
) {
  const endpoint = openEndpoint({ url: server.url, key: KEY, waitsMs: WAITS_MS, ...how });
  const vectors: number[][] = [];
  let asked = 0;
  const signal = options.signal ?? new AbortController().signal;
  for await (const block of embedTexts(endpoint, given, { ...options, signal })) {
    expect(block.start).toBe(vectors.length);
    const width = block.vectors.length / block.rows;
    for (let row = 0; row < block.rows; row++) {
      vectors.push([...block.vectors.subarray(row * width, (row + 1) * width)]);
    }
    asked += block.asked;
  }
  return { vectors, asked, cut: endpoint.cutTexts };
}

const expected = (given: readonly string[]) => given.map((one) => wordVector(one, server.width));

/** Interferes with the n-th request alone, from 1. */
function once(nth: number, interference: Interference): void {
  let count = 0;
  server.interfere = (...args) => (++count === nth ? interference(...args) : false);
}

/** Answers so. */
const says =
  (status: number, body: unknown, headers: Record<string, string> = {}): Interference =>
  (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answerJson(response, status, body);
    return true;
  };

function memoryCache(): EmbeddingCache & { readonly served: ServedModel[]; readonly size: number } {
  const vectors = new Map<string, Float32Array>();
  const served: ServedModel[] = [];
  return {
    served,
    get size() {
      return vectors.size;
    },
    get width() {
      return served[0]?.width ?? null;
    },
    read: async (one) => vectors.get(one) ?? null,
    async confirm(answer) {
      served.push(answer);
    },
    async add(batch, values) {
      const width = values.length / batch.length;
      batch.forEach((one, i) => {
        vectors.set(one, values.slice(i * width, (i + 1) * width));
      });
    },
  };
}

describe("embedding", () => {
  it("gives vectors in the order of the texts, in batches, an equal text once", async () => {
    const given = [...texts(2_500), "title 3 word word word", "title 0"];
    const found = await embed(given);
    expect(found.vectors).toEqual(expected(given));
    expect(Math.max(...server.seen.map(({ input }) => input.length))).toBe(32);
    expect(server.answered.length).toBe(found.asked);
    expect(found.asked).toBeLessThanOrEqual(2_502);
  });

  it("a text of white space alone has the vector zero and is not sent", async () => {
    const { vectors } = await embed(["one", " \n", "", "two"]);
    expect(vectors[1]).toEqual(new Array(8).fill(0));
    expect(vectors[2]).toEqual(vectors[1]);
    expect(server.answered.sort()).toEqual(["one", "two"]);
    expect((await embed([" "])).vectors).toEqual([new Array(8).fill(0)]);
  });

  it("half a surrogate pair is sent as a whole character", async () => {
    await embed(["a \ud83d b"]);
    expect(server.answered).toEqual(["a \ufffd b"]);
  });

  it("sends the key and the model, and takes a base URL or the whole one", async () => {
    await embed(["one"], {}, { url: `${server.url}/openai/v1/`, model: "e5" });
    await embed(["one"], {}, { url: `${server.url}/v2/embeddings?version=3`, key: undefined });
    expect(server.seen).toEqual([
      {
        path: "/openai/v1/embeddings",
        authorization: `Bearer ${KEY}`,
        model: "e5",
        input: ["one"],
      },
      {
        path: "/v2/embeddings?version=3",
        authorization: undefined,
        model: undefined,
        input: ["one"],
      },
    ]);
  });

  it.each([
    ["ftp://host/v1", /does not start with http/],
    ["host:80", /does not start with http/],
    ["nothing", /is no URL/],
    ["http://me:secret@host/v1", /a key has a setting of its own/],
  ])("refuses %s", (url, message) => {
    expect(() => openEndpoint({ url })).toThrow(message);
  });

  it("takes indices in any order, and base64", async () => {
    server.interfere = (response, { input }) => {
      const answer = embeddingsOf(input, server);
      const data = answer.data.map((item) => ({
        ...item,
        embedding: Buffer.from(Float32Array.from(item.embedding).buffer).toString("base64"),
      }));
      answerJson(response, 200, { ...answer, data: data.reverse() });
      return true;
    };
    const given = texts(100);
    expect((await embed(given)).vectors).toEqual(expected(given));
  });

  it("goes on from a cache, and asks for nothing twice", async () => {
    const cache = memoryCache();
    const stop = new AbortController();
    const given = [...new Set(texts(3_000))];
    const onProgress = (done: number) => done > 1_000 && stop.abort();
    await expect(embed(given, { cache, signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: "cancelled",
    });
    const before = cache.size;
    expect(before).toBeGreaterThan(1_000);
    expect(before).toBeLessThan(3_000);
    const rest = await embed(given, { cache });
    expect(rest.vectors).toEqual(expected(given));
    expect(rest.asked).toBe(given.length - before);
    server.close();
    expect((await embed(given, { cache })).asked).toBe(0);
    expect(cache.served.every(({ model, width }) => model === "words" && width === 8)).toBe(true);
  });
});

describe("a fault of one answer is repeated", () => {
  const wrongAnswer =
    (change: (answer: ReturnType<typeof embeddingsOf>) => unknown): Interference =>
    (response, { input }) => {
      answerJson(response, 200, change(embeddingsOf(input, server)));
      return true;
    };

  it.each<[string, Interference]>([
    ["500", says(500, { error: "boom" })],
    [
      "503 with Retry-After",
      (response) => {
        response.writeHead(503, { "retry-after": "0.01" }).end();
        return true;
      },
    ],
    ["429", says(429, {})],
    [
      "a connection that ends in the middle",
      (response, { input }) => {
        response.writeHead(200, { "content-length": 9_999 });
        response.write(JSON.stringify(embeddingsOf(input, server)).slice(0, 50));
        setTimeout(() => response.destroy(), 5);
        return true;
      },
    ],
    [
      "a connection that is reset",
      (_, __, raw) => {
        raw.socket.resetAndDestroy();
        return true;
      },
    ],
    ["no answer in time", () => true],
    [
      "another width",
      wrongAnswer((answer) => ({
        ...answer,
        data: answer.data.map((item) => ({ ...item, embedding: [...item.embedding, 1] })),
      })),
    ],
    [
      "two widths",
      wrongAnswer((answer) => ({
        ...answer,
        data: answer.data.map((item, i) => (i === 1 ? { ...item, embedding: [1] } : item)),
      })),
    ],
    ["a vector too few", wrongAnswer((answer) => ({ ...answer, data: answer.data.slice(1) }))],
    [
      "an index twice",
      wrongAnswer((answer) => ({
        ...answer,
        data: answer.data.map((item) => ({ ...item, index: 0 })),
      })),
    ],
    [
      "an index beyond",
      wrongAnswer((answer) => ({
        ...answer,
        data: answer.data.map((item) => ({ ...item, index: item.index + 1 })),
      })),
    ],
    [
      "null for a number",
      wrongAnswer((answer) => ({
        ...answer,
        data: answer.data.map((item) => ({ ...item, embedding: item.embedding.map(() => null) })),
      })),
    ],
    [
      "a number beyond float32",
      wrongAnswer((answer) => ({
        ...answer,
        data: answer.data.map((item) => ({ ...item, embedding: item.embedding.map(() => 1e39) })),
      })),
    ],
    [
      "Python's NaN",
      (response, { input }) => {
        const body = JSON.stringify(embeddingsOf(input, server)).replace(
          /"embedding":\[/,
          "$&NaN,",
        );
        answerJson(response, 200, body);
        return true;
      },
    ],
    [
      "half a base64",
      wrongAnswer((answer) => ({
        ...answer,
        data: answer.data.map((item) => ({ ...item, embedding: "AAAA" })),
      })),
    ],
    ["a page", says(200, "<html>")],
  ])("%s", async (_, interference) => {
    once(2, interference);
    const given = texts(200);
    expect((await embed(given, {}, { timeoutMs: 500 })).vectors).toEqual(expected(given));
  });
});

describe("a fault that stays", () => {
  it.each<[string, Interference, string, RegExp]>([
    [
      "500",
      says(500, { error: { message: "boom" } }),
      "endpoint-unavailable",
      /\/v1\/embeddings answers 500: boom, 5 times in a row/,
    ],
    [
      "401",
      says(401, { error: { message: `no ${KEY}` } }),
      "endpoint-refused",
      /answers 401: no \[key\]; it does not take the key of EMBEDDINGS_KEY/,
    ],
    [
      "404",
      says(404, { detail: "Not Found" }),
      "endpoint-refused",
      /answers 404: Not Found; check the path/,
    ],
    [
      "a redirect",
      (response) => {
        response.writeHead(308, { location: "http://127.0.0.2:1/v1/embeddings?token=1" }).end();
        return true;
      },
      "endpoint-refused",
      /redirects to http:\/\/127\.0\.0\.2:1\/v1\/embeddings, and redirects are not followed/,
    ],
    [
      "400 whatever is sent",
      says(400, { message: "model required" }),
      "endpoint-refused",
      /answers 400: model required; name the model that it serves/,
    ],
    [
      "vectors of tokens",
      (response, { input }) => {
        answerJson(response, 200, {
          data: input.map((_, index) => ({
            index,
            embedding: [
              [1, 2],
              [3, 4],
            ],
          })),
        });
        return true;
      },
      "endpoint-answer",
      /a vector for each token/,
    ],
    [
      "a request to wait for an hour",
      says(429, {}, { "retry-after": "3600" }),
      "endpoint-unavailable",
      /answers 429.*; it asks to wait for 3600 s/,
    ],
    [
      "an endless answer",
      (response) => {
        const block = "x".repeat(1 << 20);
        const write = () => {
          while (!response.destroyed && response.write(block));
        };
        response
          .writeHead(200)
          .on("drain", write)
          .on("error", () => {});
        write();
        return true;
      },
      "endpoint-answer",
      /more than 64 MiB/,
    ],
  ])("%s is an error that says what to do", async (_, interference, code, message) => {
    server.interfere = interference;
    const error: unknown = await embed(texts(100)).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(JSON.stringify([error, String(error)])).not.toContain(KEY);
  });

  it("a server that is killed in the middle: what it gave is kept", async () => {
    const cache = memoryCache();
    const onProgress = (done: number) => done > 500 && server.close();
    await expect(embed(texts(2_000), { cache, onProgress })).rejects.toMatchObject({
      code: "endpoint-unavailable",
      message: expect.stringMatching(/cannot be reached \(\w+\), 5 times in a row; start it again/),
    });
    expect(cache.size).toBeGreaterThan(500);
  });

  it("nothing that listens is said at once", async () => {
    server.close();
    await expect(embed(["one"])).rejects.toMatchObject({
      message: expect.stringMatching(
        /ECONNREFUSED\), 2 times in a row; start it, or correct its URL/,
      ),
    });
  });

  it("the model that the cache is of is expected", async () => {
    const cache = memoryCache();
    await embed(["one"], { cache });
    server.width = 12;
    await expect(embed(["two"], { cache })).rejects.toMatchObject({
      code: "endpoint-answer",
      message: expect.stringMatching(/vectors of 12 columns, where it gave 8 before/),
    });
    expect(cache.size).toBe(1);
  });
});

describe("what it does not take", () => {
  const limit = (isTooMuch: (input: readonly string[]) => boolean, status: number) => {
    server.interfere = (response, { input }) => {
      if (!isTooMuch(input)) return false;
      answerJson(response, status, { error: "too much" });
      return true;
    };
  };

  it.each([413, 422, 400])("%i: fewer texts at once", async (status) => {
    limit((input) => input.length > 5, status);
    const given = texts(300);
    const found = await embed(given);
    expect(found.vectors).toEqual(expected(given));
    expect(found.cut).toBe(0);
    // Asked once for too many, not again and again.
    expect(server.seen.filter(({ input }) => input.length > 5).length).toBeLessThan(30);
  });

  it("the beginning of a text that is too long", async () => {
    limit((input) => input.some((one) => one.length > 100), 400);
    const long = "word ".repeat(100).trim();
    const found = await embed([...texts(50), long]);
    expect(found.cut).toBe(1);
    expect(found.vectors[50]!.some((value) => value !== 0)).toBe(true);
    expect(found.vectors.slice(0, 50)).toEqual(expected(texts(50)));
  });

  it("a text that it never takes is named by its place", async () => {
    limit((input) => input.some((one) => one.startsWith("bad")), 422);
    const given = [...texts(1_500), "bad text", ...texts(20)];
    await expect(embed(given)).rejects.toMatchObject({ code: "text-refused", place: 1_500 });
  });
});
