import { connect } from "node:net";
import { ROUTES } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { queueTraining, seedCrossValidation, seedDataset } from "../../support/seed-data.js";

let api: TestApi;

beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
  api.app.inject({
    method: "POST",
    url,
    headers: { "content-type": "application/json", ...headers },
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
  });
const jobRows = async () => (await poolOf(api.store).query("SELECT id FROM jobs")).rowCount;

describe("an invalid body", () => {
  const ingest = {
    name: "a",
    source: { type: "upload", uploadId: id("up") },
    format: { type: "csv", textColumn: "text", labelColumn: "label" },
  };

  it("names unknown fields by JSON pointer, however deep", async () => {
    const answer = await post("/v1/jobs/dataset-ingest", {
      ...ingest,
      nmae: 1,
      format: { ...ingest.format, "text/column": "x" },
    });
    const problem = expectProblem(answer, "validation-failed");
    expect(problem.errors.map((e) => e.pointer).sort()).toEqual(["/format/text~1column", "/nmae"]);
    expect(problem.detail).toContain("/nmae");
  });

  it("names every fault, not only the first one", async () => {
    const answer = await post("/v1/jobs/fold-training", {
      datasetId: "ds_1",
      folds: 1,
      training: { epochs: 0.5 },
    });
    const { errors } = expectProblem(answer, "validation-failed");
    expect(errors.map((e) => e.pointer)).toEqual(["/datasetId", "/folds", "/training/epochs"]);
  });

  it("says which part of a union is at fault", async () => {
    const preset = { hiddenSize: 8, intermediateSize: "many" };
    const answer = await post("/v1/jobs/fold-training", {
      datasetId: id("ds"),
      model: { preset },
    });
    const { errors } = expectProblem(answer, "validation-failed");
    expect(errors.map((e) => e.pointer)).toEqual(["/model/preset/intermediateSize"]);
    const source = await post("/v1/jobs/dataset-ingest", { ...ingest, source: { type: "ftp" } });
    expect(expectProblem(source, "validation-failed").errors).toEqual([
      { pointer: "/source/type", detail: expect.any(String) },
    ]);
  });

  it("names the word that replaced an old one", async () => {
    const answer = await post("/v1/jobs/fold-training", {
      datasetId: id("ds"),
      model: { head: { tap: "seed-dropout" } },
      training: { recipe: "seed" },
    });
    const { detail, errors } = expectProblem(answer, "validation-failed");
    expect(errors).toEqual([
      {
        pointer: "/model/head/tap",
        detail: '"seed-dropout" is now tap "feed-forward" with layer 2 and pooling "cls"',
      },
      { pointer: "/training/recipe", detail: '"seed" is now "fine-tune"' },
    ]);
    expect(detail).toContain('"seed" is now "fine-tune"');
  });

  it("must be present, be JSON and declare it", async () => {
    expectProblem(await post("/v1/jobs/pruning", ""), "validation-failed");
    expectProblem(await post("/v1/jobs/pruning", '{"a":'), "malformed-json");
    expectProblem(
      await post("/v1/jobs/pruning", "a=1", { "content-type": "text/plain" }),
      "unsupported-media-type",
    );
    expectProblem(await post("/v1/jobs/pruning", `"${"x".repeat(3e6)}"`), "payload-too-large");
    const hidden = expectProblem(
      await post("/v1/jobs/pruning", `{"__proto__": {}, "crossValidationId": "${id("cv")}"}`),
      "validation-failed",
    );
    expect(hidden.errors).toEqual([{ pointer: "/__proto__", detail: "There is no such field" }]);
  });

  it("is refused by routes without a body, however deep it is", async () => {
    const url = `/v1/jobs/${id("job")}/retry`;
    for (const payload of ['{"seed":7}', "[]", "7", `${"[".repeat(30_000)}${"]".repeat(30_000)}`]) {
      const headers = { "content-type": "application/json" };
      const answer = await api.app.inject({ method: "POST", url, payload, headers });
      expect(expectProblem(answer, "validation-failed").detail).toContain("takes no body");
    }
    const empty = await api.app.inject({ method: "POST", url, payload: {} });
    expectProblem(empty, "job-not-found");
  });

  it("must not contain text that Postgres cannot store", async () => {
    for (const name of ["a\0b", "half \ud83c"]) {
      const answer = await post("/v1/jobs/dataset-ingest", { ...ingest, name });
      const problem = expectProblem(answer, "validation-failed");
      expect(problem.errors).toEqual([{ pointer: "/name", detail: expect.any(String) }]);
    }
  });
});

describe("a request that makes no sense", () => {
  it("more folds than rows", async () => {
    const datasetId = await seedDataset(api.store, 4, 2);
    const before = await jobRows();
    const answer = await post("/v1/jobs/fold-training", { datasetId, folds: 5 });
    expect(expectProblem(answer, "folds-exceed-rows").errors).toEqual([
      { pointer: "/folds", detail: "at most 4" },
    ]);
    expect(await jobRows()).toBe(before);
  });

  it("one fold", async () => {
    const datasetId = await seedDataset(api.store, 4, 2);
    const answer = await post("/v1/jobs/fold-training", { datasetId, folds: 1 });
    expect(expectProblem(answer, "validation-failed").errors.map((e) => e.pointer)).toEqual([
      "/folds",
    ]);
  });

  it("one class", async () => {
    const datasetId = await seedDataset(api.store, 4, 1);
    expectProblem(await post("/v1/jobs/fold-training", { datasetId, folds: 2 }), "single-class");
  });

  it("a pruning, probabilities or an export before the folds are done", async () => {
    const datasetId = await seedDataset(api.store);
    const { crossValidationId } = await queueTraining(api.store, datasetId);
    const pruning = await post("/v1/jobs/pruning", { crossValidationId });
    expectProblem(pruning, "cross-validation-not-finished");
    const url = `/v1/cross-validations/${crossValidationId}/probabilities`;
    expectProblem(await api.app.inject(url), "cross-validation-not-finished");
  });

  it("a pruning that is not finished", async () => {
    const { crossValidationId } = await seedCrossValidation(api.store);
    const accepted = await post("/v1/jobs/pruning", { crossValidationId });
    expect(accepted.statusCode).toBe(202);
    const { pruningId } = accepted.json<{ pruningId: string }>();
    for (const what of ["flags", "joint", "classes", "pairs", "export"]) {
      const answer = await api.app.inject(`/v1/prunings/${pruningId}/${what}`);
      expectProblem(answer, "pruning-not-finished");
    }
  });

  it("a dataset that is still being read", async () => {
    const upload = await api.app.inject({ method: "POST", url: "/v1/uploads", payload: "x" });
    const accepted = await post("/v1/jobs/dataset-ingest", {
      name: "a",
      source: { type: "upload", uploadId: upload.json<{ id: string }>().id },
      format: { type: "toutiao" },
    });
    const { datasetId } = accepted.json<{ datasetId: string }>();
    expectProblem(await post("/v1/jobs/fold-training", { datasetId }), "dataset-not-ready");
    expectProblem(await api.app.inject(`/v1/datasets/${datasetId}/profile`), "dataset-not-ready");
    const remove = await api.app.inject({ method: "DELETE", url: `/v1/datasets/${datasetId}` });
    expectProblem(remove, "dataset-in-use");
  });

  it("an unknown option is never ignored silently", async () => {
    const url = "/v1/jobs/pruning?dryRun=true";
    const answer = await post(url, { crossValidationId: id("cv") });
    expect(expectProblem(answer, "validation-failed").errors).toEqual([
      { pointer: "/query/dryRun", detail: "There is no such field" },
    ]);
  });

  it("sources that are off", async () => {
    const format = { type: "toutiao" };
    const path = { name: "a", format, source: { type: "path", path: "/etc/passwd" } };
    expectProblem(await post("/v1/jobs/dataset-ingest", path), "source-not-allowed");
    const url = { name: "a", format, source: { type: "url", url: "https://example.org/a" } };
    expectProblem(await post("/v1/jobs/dataset-ingest", url), "not-implemented");
  });
});

describe("a missing resource", () => {
  const codes = {
    jobs: ["job", "job-not-found"],
    datasets: ["ds", "dataset-not-found"],
    "cross-validations": ["cv", "cross-validation-not-found"],
    prunings: ["pr", "pruning-not-found"],
    uploads: ["up", "upload-not-found"],
    webhooks: ["wh", "webhook-not-found"],
    experiments: ["job", "experiment-not-found"],
    "review-samples": ["rs", "review-sample-not-found"],
  } as const;
  /** Good names for what stands further down the path. */
  const below = (path: string) =>
    path
      .replace(":deliveryId", id("msg"))
      .replace(":fold", "0")
      .replace(":file", "config.json")
      .replace(/\/diff.*/, `$&?against=${id("ds")}`);
  const routes = Object.values(ROUTES).filter(({ path }) => path.includes("/:id"));
  /** A body that fits the route. */
  const bodyOf = (path: string): object => {
    if (path.startsWith("/v1/webhooks")) return { state: "disabled" };
    if (path.endsWith("/review-samples")) return { pruningId: id("pr") };
    return path.endsWith("/reviews")
      ? { type: "rows", reviews: [{ ordinal: 0, verdict: "keep" }] }
      : {};
  };

  it.each(routes.map((route) => [route.method, route.path, "body" in route] as const))(
    "%s %s",
    async (method, path, hasBody) => {
      const [, , noun] = path.split("/") as ["", "v1", keyof typeof codes];
      const [prefix, code] = codes[noun];
      for (const missing of [id(prefix), `${prefix}_1`, "..%2f", "x".repeat(300), "%00"]) {
        const answer = await api.app.inject({
          method,
          url: below(path).replace(":id", missing),
          ...(hasBody ? { payload: bodyOf(path) } : {}),
          headers: method === "PATCH" ? { "content-range": "bytes 0-0/1" } : {},
        });
        if (missing.length < 100) expectProblem(answer, code);
        else expect(answer.statusCode).toBe(404);
      }
    },
  );

  it("has the code of the wrong part of the path", async () => {
    const models = `/v1/cross-validations/${id("cv")}/models`;
    for (const url of [`${models}/300/config.json`, `${models}/0/weights.bin`]) {
      expectProblem(await api.app.inject({ url }), "model-not-found");
    }
  });

  it("named in a body", async () => {
    const upload = { type: "upload", uploadId: id("up") };
    const ingest = { name: "a", source: upload, format: { type: "toutiao" } };
    expectProblem(await post("/v1/jobs/dataset-ingest", ingest), "upload-not-found");
    const training = { datasetId: id("ds") };
    expectProblem(await post("/v1/jobs/fold-training", training), "dataset-not-found");
    const pruning = { crossValidationId: id("cv") };
    expectProblem(await post("/v1/jobs/pruning", pruning), "cross-validation-not-found");
    const datasetId = await seedDataset(api.store);
    const imported = { datasetId, probabilitiesUploadId: id("up") };
    expectProblem(await post("/v1/jobs/probability-import", imported), "upload-not-found");
  });

  it("routes and methods", async () => {
    expectProblem(await api.app.inject("/v2/jobs"), "route-not-found");
    expectProblem(await api.app.inject("/v1/jobs/"), "job-not-found");
    const wrong = await api.app.inject({ method: "DELETE", url: `/v1/jobs/${id("job")}` });
    expectProblem(wrong, "method-not-allowed");
    expect(wrong.headers.allow).toBe("GET, HEAD");
    const put = await api.app.inject({ method: "PUT", url: "/v1/jobs/pruning", payload: "x" });
    expectProblem(put, "method-not-allowed");
    expect(put.headers.allow).toBe("POST");
  });

  it.each([
    ["QUERY", "/v1/datasets", "GET, HEAD"],
    ["PUT", `/v1/uploads/${id("up")}`, "GET, HEAD, PATCH, DELETE"],
    ["PROPFIND", "/healthz", "GET, HEAD"],
    ["TRACE", `/v1/jobs/${id("job")}/cancel`, "POST"],
    ["POST", "/openapi.json", "GET, HEAD"],
    ["DELETE", "/errors/internal", "GET, HEAD"],
    ["HEAD", "/metrics", "GET"],
    // A fixed path is no id.
    ["GET", "/v1/jobs/cancel", "POST"],
    ["GET", "/v1/jobs/fold-training", "POST"],
  ])("%s %s is 405 with Allow, whatever the body", async (method, path, allow) => {
    const url = await api.listen();
    const body = method === "HEAD" || method === "GET" || method === "TRACE" ? [] : ["<xml/>"];
    for (const sent of [undefined, ...body]) {
      const answer = await raw(url, method, path, sent);
      expect(answer.status, answer.body).toBe(405);
      expect(answer.headers.get("allow")).toBe(allow);
      if (method !== "HEAD") expect(JSON.parse(answer.body).code).toBe("method-not-allowed");
    }
  });

  it("a method that HTTP does not have is 501", async () => {
    const answer = await raw(await api.listen(), "FETCH", "/v1/jobs");
    expect(answer.status).toBe(501);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(answer.body)).toMatchObject({ code: "method-unknown", status: 501 });
  });

  it("paths that cannot be decoded", async () => {
    expectProblem(await api.app.inject("/v1/jobs/%zz"), "validation-failed");
  });
});

/** Sends a request of any method, which fetch would refuse, on a connection of its own. */
function raw(
  base: string,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; headers: Headers; body: string }> {
  const length =
    body === undefined ? "" : `Content-Type: text/xml\r\nContent-Length: ${body.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${length}Connection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(new URL(base).port), "127.0.0.1", () =>
      socket.write(head + (body ?? "")),
    );
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const [lines = "", ...rest] = text.split("\r\n\r\n");
      const [first = "", ...fields] = lines.split("\r\n");
      const headers = new Headers(
        fields.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
      );
      resolve({ status: Number(first.split(" ")[1]), headers, body: rest.join("\r\n\r\n") });
    });
  });
}

it("bytes that are not HTTP are answered with a problem as well", async () => {
  const { port } = new URL(await api.listen());
  const answer = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), "127.0.0.1", () => socket.write("GET nonsense\r\n\r\n"));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
  expect(answer).toContain("HTTP/1.1 400");
  expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({
    code: "validation-failed",
    status: 400,
  });
});

it.each(["ENOSPC", "53100"])("a full disk is a retryable 507: %s", async (code) => {
  const full = await openTestApi({
    extend: (app) =>
      app.get("/full", () => {
        throw Object.assign(new Error("write /srv/winnow/uploads"), { code });
      }),
  });
  try {
    const problem = expectProblem(await full.app.inject("/full"), "storage-full");
    expect(problem.detail).toContain(code);
    expect(problem.detail).not.toContain("/srv");
  } finally {
    await full.close();
  }
});

describe("query strings", () => {
  it.each([
    ["/v1/jobs?limit=0", "/query/limit"],
    ["/v1/jobs?limit=1001", "/query/limit"],
    ["/v1/jobs?limit=x", "/query/limit"],
    ["/v1/jobs?state=done", "/query/state"],
    ["/v1/jobs?datasetId=1", "/query/datasetId"],
    ["/v1/jobs?sort=id", "/query/sort"],
    [`/v1/jobs/${id("job")}?wait=61`, "/query/wait"],
    [`/v1/prunings/${id("pr")}/export?format=xlsx`, "/query/format"],
    ["/v1/datasets?limit=1&limit=2", "/query/limit"],
    ["/healthz?x=1", "/query/x"],
  ])("%s", async (url, pointer) => {
    const { errors } = expectProblem(await api.app.inject(url), "validation-failed");
    expect(errors.map((e) => e.pointer)).toEqual([pointer]);
  });

  it("cursors that no list returned", async () => {
    const made = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString("base64url");
    for (const cursor of ["x", "%F0%9F", made([]), made(["a", "b"]), made([1.5]), made({})]) {
      const answer = await api.app.inject(`/v1/datasets?cursor=${cursor}`);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
        400,
        "invalid-cursor",
      ]);
    }
  });
});
