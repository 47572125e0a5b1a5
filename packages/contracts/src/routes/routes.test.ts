import { expect, it } from "vitest";
import { z } from "zod";
import { bodyBytesOf } from "./body-bytes.js";
import type { Route } from "./route.js";
import { ROUTES } from "./routes.js";
import { Stream } from "./stream.js";

it("a POST that creates something honours an Idempotency-Key; the others may run twice", () => {
  const posts = Object.entries<Route>(ROUTES).filter(([, route]) => route.method === "POST");
  const repeatable = posts.filter(([, route]) => !route.idempotencyKey).map(([name]) => name);
  expect(repeatable.sort()).toEqual(["cancelJob", "cancelJobs", "previewUpload"]);
  const others = Object.values<Route>(ROUTES).filter(({ method }) => method !== "POST");
  expect(others.filter((route) => route.idempotencyKey)).toEqual([]);
});

it("every list goes on after its page", () => {
  const lists = Object.entries<Route>(ROUTES).filter(([, { responses }]) => {
    const answer = responses[200];
    return answer instanceof z.ZodObject && "nextCursor" in answer.shape;
  });
  expect(lists.length).toBeGreaterThan(10);
  for (const [name, { query }] of lists) {
    const goesOn = name === "listJobEvents" ? "after" : "cursor";
    expect(Object.keys(query?.shape ?? {}), name).toContain(goesOn);
  }
});

it("a body that a route reads has a limit", () => {
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const bytes = bodyBytesOf(route);
    if (route.bytes) expect(bytes, name).toBeNull();
    else expect(bytes, name).toBeLessThanOrEqual(2 * 2 ** 20);
  }
});

it("a stream names its content types", () => {
  for (const [name, { responses, produces }] of Object.entries<Route>(ROUTES)) {
    if (responses[200] === Stream) expect(produces, name).not.toHaveLength(0);
  }
});
