import { Validator } from "@seriousme/openapi-schema-validator";
import { ROUTES } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

const HEADERS = new Map<string, string[]>([
  ["createUpload", ["idempotency-key", "upload-length"]],
  ["appendUpload", ["content-range"]],
  ["createDatasetIngest", ["idempotency-key"]],
  ["createFoldTraining", ["idempotency-key"]],
  ["createProbabilityImport", ["idempotency-key"]],
  ["createPruning", ["idempotency-key"]],
  ["retryJob", ["idempotency-key"]],
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
    expect(Object.keys(operation?.responses ?? {}).sort(), name).toEqual(
      [...Object.keys(statuses), "default"].sort(),
    );
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

it("refers to every schema that it has, and has every schema that it refers to", () => {
  const used = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((m) => m[1]));
  expect(Object.keys(document.components.schemas).sort()).toEqual([...used].sort());
});

it("is shown at /docs, to which / redirects, with only its own scripts", async () => {
  const root = await api.app.inject("/");
  expect([root.statusCode, root.headers.location]).toEqual([302, "/docs"]);
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
