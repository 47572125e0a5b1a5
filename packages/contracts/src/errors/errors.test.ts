import { expect, it } from "vitest";
import { ERROR_CODES, ERRORS } from "./error-catalogue.js";
import { AppError, Problem, problemOf } from "./errors.js";

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
