import { ERROR_CODES, ERRORS, problemType } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";

let api: TestApi;

beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

const textOf = (html: string) =>
  html
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
const plain = (text: string) => text.replaceAll("`", "");

it.each(ERROR_CODES)("the type URL of %s leads to its page", async (code) => {
  const answer = await api.app.inject(problemType(code));
  expect([answer.statusCode, answer.headers["content-type"]]).toEqual([
    200,
    "text/html; charset=utf-8",
  ]);
  const { status, title, cause, fix } = ERRORS[code];
  for (const part of [code, `HTTP ${status}`, title, cause, fix]) {
    expect(textOf(answer.body)).toContain(plain(part));
  }
});

it("a problem's own type leads to a page, from the URL of the request", async () => {
  const problem = expectProblem(await api.app.inject("/v1/nothing"), "route-not-found");
  const { pathname } = new URL(problem.type, "http://127.0.0.1:8080/v1/nothing");
  const page = await api.app.inject(pathname);
  expect([page.statusCode, textOf(page.body)]).toEqual([
    200,
    expect.stringContaining(problem.title),
  ]);
});

it("one page lists all codes", async () => {
  const { statusCode, body } = await api.app.inject("/errors");
  expect(statusCode).toBe(200);
  const linked = [...body.matchAll(/href="\/errors\/([^"]+)"/g)].map(([, code]) => code);
  expect(linked).toEqual(ERROR_CODES);
});

it("an unknown code is a problem itself", async () => {
  for (const code of ["nothing", "constructor", "%3Cscript%3E"]) {
    expectProblem(await api.app.inject(`/errors/${code}`), "route-not-found");
  }
});
