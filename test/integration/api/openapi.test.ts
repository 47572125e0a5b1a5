import { Validator } from "@seriousme/openapi-schema-validator";
import { ERRORS, ROUTES, type RouteName, refusalsOf } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { makeKey } from "../../support/keys.js";

interface Operation {
  operationId: string;
  security: object[];
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  responses: Record<
    string,
    {
      description: string;
      content?: Record<string, unknown>;
      links?: Record<string, { operationId: string }>;
    }
  >;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes?: object };
}

const HEADERS = new Map<string, string[]>([
  ["createUpload", ["idempotency-key", "upload-length"]],
  ["appendUpload", ["content-range"]],
  ["createDatasetIngest", ["idempotency-key"]],
  ["createFoldTraining", ["idempotency-key"]],
  ["createProbabilityImport", ["idempotency-key"]],
  ["createExperiment", ["idempotency-key"]],
  ["createComparison", ["idempotency-key"]],
  ["createFindings", ["idempotency-key"]],
  ["createReviewSample", ["idempotency-key"]],
  ["createPruning", ["idempotency-key"]],
  ["createCombination", ["idempotency-key"]],
  ["combineCrossValidations", ["idempotency-key"]],
  ["retryJob", ["idempotency-key"]],
  ["createReviews", ["idempotency-key", "if-match"]],
  ["undoReviews", ["idempotency-key"]],
  ["createReviewSample", ["idempotency-key"]],
  ["createWebhook", ["idempotency-key"]],
  ["rotateWebhookSecret", ["idempotency-key"]],
  ["pingWebhook", ["idempotency-key"]],
  ["redeliverWebhook", ["idempotency-key"]],
  ["listJobEvents", ["last-event-id"]],
]);

let api: TestApi;
let text: string;
let document: Document;

beforeAll(async () => {
  api = await openTestApi();
  text = (await api.app.inject("/openapi.json")).body;
  document = JSON.parse(text) as Document;
});
afterAll(() => api.close());

it("the contract is a valid OpenAPI 3.1 document", async () => {
  expect(document.openapi).toBe("3.1.0");
  const checked = await new Validator().validate(JSON.parse(text));
  expect(checked.errors ?? []).toEqual([]);
  expect(checked.valid).toBe(true);
});

it("lists every route of the contract, and nothing else", () => {
  const listed = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => method !== "head")
      .map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
  );
  const wanted = Object.entries(ROUTES).map(
    ([name, { method, path }]) => `${name}: ${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`,
  );
  expect(listed.sort()).toEqual(wanted.sort());
});

it("describes every parameter, body, answer and problem", () => {
  for (const [name, route] of Object.entries(ROUTES)) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    const operation = document.paths[path]?.[route.method.toLowerCase()];
    const parameters = (operation?.parameters ?? []).map((p) => `${p.in} ${p.name}`);
    const wanted = [
      ...("params" in route ? Object.keys(route.params.shape).map((key) => `path ${key}`) : []),
      ...("query" in route ? Object.keys(route.query.shape).map((key) => `query ${key}`) : []),
      ...(HEADERS.get(name) ?? []).map((key) => `header ${key}`),
    ];
    expect(parameters.sort(), name).toEqual(wanted.sort());
    const statuses = { ...route.responses, ...("alsoAnswers" in route ? route.alsoAnswers : {}) };
    const refusals = refusalsOf(route).map((code) => String(ERRORS[code].status));
    expect(Object.keys(operation?.responses ?? {}).sort(), name).toEqual(
      [...new Set([...Object.keys(statuses), ...refusals, "default"])].sort(),
    );
    for (const code of refusalsOf(route)) {
      const { description } = operation!.responses[ERRORS[code].status]!;
      expect(description, name).toContain(`\`${code}\``);
    }
    expect(operation?.responses.default?.content, name).toEqual({
      "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
    });
    const described = Object.values(operation?.responses ?? {}).map((r) => r.description);
    expect(described, name).not.toContain("Default Response");
    expect(operation?.requestBody !== undefined, name).toBe(
      "body" in route || name === "createUpload" || name === "appendUpload",
    );
  }
});

describe("security", () => {
  const securityOf = ({ paths }: Document) =>
    Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId, security }) => [operationId, security] as const),
    );

  it("is what holds: nothing without a key, and scopes once there is one", async () => {
    for (const [name, security] of securityOf(document)) expect(security, name).toEqual([]);
    expect(document.components.securitySchemes).toBeUndefined();
    const keyed = await openTestApi();
    try {
      const { token } = await makeKey(keyed.store, "read");
      const served = (await keyed.app.inject("/openapi.json")).json<Document>();
      for (const [name, security] of securityOf(served)) {
        const { scope } = ROUTES[name as RouteName];
        expect(security, name).toEqual(scope === "public" ? [] : [{ apiKey: [scope] }]);
      }
      expect(served.components.securitySchemes).toHaveProperty("apiKey");
      const headers = { authorization: `Bearer ${token}` };
      expect((await keyed.app.inject({ url: "/v1/jobs", headers })).statusCode).toBe(200);
    } finally {
      await keyed.close();
    }
  });

  it("a key that does not fit is 401 without keys too; no key, and no Bearer, is none", async () => {
    const jobs = (authorization?: string) =>
      api.app.inject({ url: "/v1/jobs", headers: authorization ? { authorization } : {} });
    for (const wrong of ["Bearer wn_x", "bearer let-me-in", `Bearer wn_${"0".repeat(76)}`]) {
      const answer = await jobs(wrong);
      expectProblem(answer, "unauthenticated");
      expect(answer.headers["www-authenticate"]).toBe('Bearer error="invalid_token"');
    }
    // A proxy in front may pass on its own.
    for (const fine of [undefined, "Basic dXNlcjpwdw=="]) {
      expect((await jobs(fine)).statusCode).toBe(200);
    }
    const probe = { url: "/healthz", headers: { authorization: "Bearer wn_x" } };
    expect((await api.app.inject(probe)).statusCode).toBe(200);
  });
});

describe("the document says what the service checks", () => {
  const schemas = () => document.components.schemas as Record<string, Record<string, unknown>>;

  it("of webhooks, texts, headers, numbers and derived datasets", () => {
    expect(schemas().WebhookChanges).toMatchObject({ minProperties: 1 });
    expect(schemas().CancelFilter).toMatchObject({ minProperties: 1 });
    const { events, kinds } = schemas().WebhookParams!.properties as Record<string, object>;
    expect([events, kinds]).toMatchObject([{ uniqueItems: true }, { uniqueItems: true }]);
    expect(schemas().DatasetIngestParams).toMatchObject({
      if: {
        properties: {
          source: {
            properties: {
              type: {
                anyOf: [{ const: "dataset" }, { const: "pruning" }, { const: "consensus" }],
              },
            },
          },
        },
      },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { properties: { format: { not: {} }, columns: { const: "keep" } } },
      else: { properties: { noise: { not: {} } } },
    });
    const parameter = (path: string, method: string, name: string) =>
      document.paths[path]![method]!.parameters!.find((one) => one.name === name);
    expect(parameter("/v1/uploads", "post", "upload-length")).toMatchObject({
      required: false,
      schema: { pattern: "^\\d{1,15}$" },
    });
    expect(parameter("/v1/uploads/{id}", "patch", "content-range")).toMatchObject({
      required: true,
      schema: { pattern: expect.stringContaining("bytes") },
    });
    expect(parameter("/v1/jobs", "get", "limit")).toMatchObject({
      schema: { type: "integer", minimum: 1, maximum: 1000, default: 50 },
    });
  });

  it("no text that a caller sends may hold a NUL character", () => {
    const open: string[] = [];
    const visit = (value: unknown, at: string): void => {
      if (typeof value !== "object" || value === null) return;
      const {
        type,
        pattern,
        enum: values,
        const: one,
        format,
        $ref,
      } = value as Record<string, unknown>;
      if (type === "string" && !pattern && !values && one === undefined && !format) open.push(at);
      if (typeof $ref === "string") visit(schemas()[$ref.split("/").at(-1)!], $ref);
      for (const [key, part] of Object.entries(value)) visit(part, `${at}/${key}`);
    };
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const { requestBody } of Object.values(methods)) {
        const schema = requestBody?.content["application/json"]?.schema;
        if (schema) visit(schema, path);
      }
    }
    expect(open).toEqual([]);
  });

  it.each(["1e2", "0x10", " 5", "5.0", "", "+5", "true"])(
    "limit=%j is no whole number",
    async (limit) => {
      const url = `/v1/jobs?limit=${encodeURIComponent(limit)}`;
      expectProblem(await api.app.inject(url), "validation-failed");
    },
  );
});

it("links lead through the pipeline, from the upload to the flags", () => {
  const linksOf = (path: string, method: string, status: number) =>
    document.paths[path]![method]!.responses[status]!.links ?? {};
  expect(linksOf("/v1/uploads", "post", 201)).toMatchObject({
    getUpload: { parameters: { id: "$response.body#/id" } },
    previewUpload: { parameters: { id: "$response.body#/id" } },
    createDatasetIngest: {
      requestBody: { source: { type: "upload", uploadId: "$response.body#/id" } },
    },
  });
  expect(linksOf("/v1/jobs/dataset-ingest", "post", 202)).toMatchObject({
    getJob: { parameters: { id: "$response.body#/id" } },
    listJobEvents: {},
    cancelJob: {},
    getDataset: { parameters: { id: "$response.body#/datasetId" } },
  });
  expect(linksOf("/v1/datasets/{id}", "get", 200)).toMatchObject({
    listSamples: {},
    createFoldTraining: { requestBody: { datasetId: "$response.body#/id" } },
  });
  expect(linksOf("/v1/cross-validations", "get", 200)).toMatchObject({
    createPruning: { requestBody: { crossValidationId: "$response.body#/data/0/id" } },
  });
  expect(linksOf("/v1/prunings/{id}", "get", 200)).toMatchObject({
    listFlags: {},
    exportPruning: {},
  });
  const names = new Set<string>(Object.keys(ROUTES));
  for (const methods of Object.values(document.paths)) {
    for (const { responses } of Object.values(methods)) {
      for (const { links = {} } of Object.values(responses)) {
        for (const { operationId } of Object.values(links)) expect(names).toContain(operationId);
      }
    }
  }
});

it("every choice of words, choice of forms and tuple has a name", () => {
  const unnamed: string[] = [];
  const visit = (value: unknown, at: string, isNamed: boolean): void => {
    if (typeof value !== "object" || value === null) return;
    const { enum: values, prefixItems, oneOf, items } = value as Record<string, unknown>;
    if (!isNamed && (values || prefixItems || oneOf)) unnamed.push(at);
    expect(items, at).not.toBe(false);
    for (const [key, part] of Object.entries(value)) {
      // A switch in a query is not worth a name.
      if (key !== "parameters") visit(part, `${at}/${key}`, false);
    }
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    visit(schema, name, true);
  }
  expect(unnamed).toEqual([]);
});

it("refers to every schema that it has, and has every schema that it refers to", () => {
  const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((m) => m[1]));
  expect(Object.keys(document.components.schemas).sort()).toEqual([...used].sort());
});

it("is shown at /docs with only its own scripts", async () => {
  const page = await api.app.inject("/docs");
  expect(page.statusCode).toBe(200);
  expect(page.headers["content-security-policy"]).toMatch(/script-src 'self' *;/);
  expect(page.headers["content-security-policy"]).not.toContain("upgrade-insecure-requests");
  const scripts = [...page.body.matchAll(/<script[^>]*src="([^"]+)"/g)].map((m) => m[1] ?? "");
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) {
    expect((await api.app.inject(script)).headers["content-type"], script).toContain("javascript");
  }
});
