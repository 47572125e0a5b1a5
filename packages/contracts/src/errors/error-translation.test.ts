import { expect, it } from "vitest";
import { CORPUS_CODES, translated } from "./error-translation.js";

it("a package's error keeps its message under a code of the catalogue", () => {
  const error = Object.assign(new Error("Line 3 is cut short."), { code: "bad-zstd" as const });
  expect(translated(CORPUS_CODES, error)).toMatchObject({
    code: "corpus-invalid",
    message: "Line 3 is cut short.",
    cause: error,
  });
});
