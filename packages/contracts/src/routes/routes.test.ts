import { describe, expect, it } from "vitest";
import { ERROR_CODES, ERRORS } from "../errors/error-catalogue.js";
import { AppError, Problem, problemOf } from "../errors/errors.js";
import { DatasetIngestParams } from "../parameters/dataset-parameters.js";
import { PruningParams } from "../parameters/pruning-parameters.js";
import { FoldTrainingParams } from "../parameters/training-parameters.js";
import {
  isTerminal,
  JOB_STATES,
  JOB_TRANSITIONS,
  TASK_STATES,
  TASK_TRANSITIONS,
} from "../states/states.js";
import { ROUTES, type Route, Stream } from "./routes.js";

const UUID = "01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";

describe("errors", () => {
  it("every code is kebab-case and has an error status and a title of its own", () => {
    for (const code of ERROR_CODES) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(ERRORS[code].status).toBeGreaterThanOrEqual(400);
      expect(ERRORS[code].status).toBeLessThan(600);
    }
    expect(new Set(ERROR_CODES.map((c) => ERRORS[c].title)).size).toBe(ERROR_CODES.length);
  });

  it("every code says in whole sentences what happened and how to fix it", () => {
    for (const code of ERROR_CODES) {
      const { cause, fix } = ERRORS[code];
      for (const text of [cause, fix]) expect(text, code).toMatch(/^[A-Z`"].*\.$/);
    }
  });

  it("a problem of our own fault shows nothing of its inside", () => {
    const problem = problemOf(new Error("password=hunter2"), "req-1");
    expect(JSON.stringify(problem)).not.toContain("hunter2");
    expect(problem).toMatchObject({ status: 500, code: "internal", requestId: "req-1" });
    expect(Problem.parse(problem)).toEqual(problem);
  });

  it("a problem of the caller's carries code, detail and pointers", () => {
    const error = new AppError("folds-exceed-rows", "9 folds, 4 rows", {
      errors: [{ pointer: "/folds", detail: "at most 4" }],
    });
    expect(problemOf(error)).toMatchObject({
      status: 422,
      code: "folds-exceed-rows",
      detail: "9 folds, 4 rows",
      errors: [{ pointer: "/folds", detail: "at most 4" }],
    });
  });
});

describe("parameters", () => {
  it("defaults are filled in to the depth", () => {
    const params = FoldTrainingParams.parse({ datasetId: `ds_${UUID}` });
    expect(params).toMatchObject({ folds: 5, seed: 1, backend: "auto" });
    expect(params.model.head).toMatchObject({ tap: "block", layer: 1 });
    expect(PruningParams.parse({ crossValidationId: `cv_${UUID}` })).toMatchObject({
      semantics: "cleanlab-1.0.1",
      method: "prune_by_noise_rate",
      order: "normalized_margin",
    });
  });

  it("a value that was renamed is refused with its new name, and any other as before", () => {
    const messages = (recipe: string) =>
      FoldTrainingParams.safeParse({ datasetId: `ds_${UUID}`, training: { recipe } })
        .error?.issues.map(({ message }) => message)
        .join();
    expect(messages("fine-tune")).toBeUndefined();
    expect(messages("seed")).toBe('"seed" is now "fine-tune"');
    expect(messages("toString")).toContain('"scratch"|"fine-tune"');
  });

  it.each([
    ["an unknown field", { datasetId: `ds_${UUID}`, flods: 3 }],
    ["an unknown field inside", { datasetId: `ds_${UUID}`, training: { epoch: 3 } }],
    ["one fold", { datasetId: `ds_${UUID}`, folds: 1 }],
    ["another kind's id", { datasetId: `cv_${UUID}` }],
    ["a negative seed", { datasetId: `ds_${UUID}`, seed: -1 }],
  ])("%s is refused", (_, body) => {
    expect(FoldTrainingParams.safeParse(body).success).toBe(false);
  });

  it("hostile names stay plain strings", () => {
    const params = DatasetIngestParams.parse({
      name: "__proto__",
      source: { type: "upload", uploadId: `up_${UUID}` },
      format: { type: "csv", labelNames: ["constructor", "__proto__"] },
    });
    expect(params.format?.labelNames).toEqual(["constructor", "__proto__"]);
  });
});

describe("routes", () => {
  it("a POST that creates something honours an Idempotency-Key; the others may run twice", () => {
    const posts = Object.entries<Route>(ROUTES).filter(([, route]) => route.method === "POST");
    const repeatable = posts.filter(([, route]) => !route.idempotencyKey).map(([name]) => name);
    expect(repeatable.sort()).toEqual(["cancelJob", "previewUpload"]);
    const others = Object.values<Route>(ROUTES).filter(({ method }) => method !== "POST");
    expect(others.filter((route) => route.idempotencyKey)).toEqual([]);
  });

  it("a stream names its content types", () => {
    for (const [name, { responses, produces }] of Object.entries<Route>(ROUTES)) {
      if (responses[200] === Stream) expect(produces, name).not.toHaveLength(0);
    }
  });
});

describe("states", () => {
  it("final states lead nowhere and every state can be reached", () => {
    for (const state of JOB_STATES) {
      expect(JOB_TRANSITIONS[state].length === 0).toBe(isTerminal(state));
      const reached =
        state === "queued" || JOB_STATES.some((s) => JOB_TRANSITIONS[s].includes(state));
      expect(reached).toBe(true);
    }
    for (const state of TASK_STATES) {
      expect(TASK_TRANSITIONS[state].length === 0).toBe(isTerminal(state));
    }
  });
});
