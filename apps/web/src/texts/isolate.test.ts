import { expect, it } from "vitest";
import { isolate } from "./isolate.js";

it("closes off what turns the direction, and leaves other texts as they are", () => {
  expect(isolate("l\u202eabel")).toBe("\u2068l\u202eabel\u2069");
  expect(isolate("مرحبا")).toBe("\u2068مرحبا\u2069");
  expect(isolate("体育/篮球 <b>")).toBe("体育/篮球 <b>");
});
