import { expect, it } from "vitest";
import { ROUTES, type Route, Stream } from "./routes.js";

it("a POST that creates something honours an Idempotency-Key; the others may run twice", () => {
  const posts = Object.entries<Route>(ROUTES).filter(([, route]) => route.method === "POST");
  const repeatable = posts.filter(([, route]) => !route.idempotencyKey).map(([name]) => name);
  expect(repeatable.sort()).toEqual(["cancelJob", "cancelJobs", "previewUpload"]);
  const others = Object.values<Route>(ROUTES).filter(({ method }) => method !== "POST");
  expect(others.filter((route) => route.idempotencyKey)).toEqual([]);
});

it("a stream names its content types", () => {
  for (const [name, { responses, produces }] of Object.entries<Route>(ROUTES)) {
    if (responses[200] === Stream) expect(produces, name).not.toHaveLength(0);
  }
});
