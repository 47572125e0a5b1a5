import { ConfidentLearningError } from "@winnow/confident-learning";
import { AppError, problemOf } from "@winnow/contracts";
import { CorpusError } from "@winnow/corpus";
import { expect, it } from "vitest";
import { asAppError } from "./errors.js";

it("a package's error keeps its message and gets a code of the catalogue", () => {
  const empty = asAppError(new CorpusError("empty-file", "The file is empty."), "dataset-ingest");
  expect(empty).toMatchObject({ code: "empty-file", message: "The file is empty." });
  const huge = asAppError(
    new CorpusError("too-large-decompressed", "Too large."),
    "dataset-ingest",
  );
  expect(huge.code).toBe("decompressed-too-large");
  const nan = new ConfidentLearningError("probability-not-finite", "row 3: NaN", { row: 3 });
  expect(asAppError(nan, "pruning").code).toBe("invalid-probabilities");
  const fault = Object.assign(new Error("heads"), { name: "EncoderError", code: "bad-config" });
  expect(asAppError(fault, "fold-training").code).toBe("invalid-parameters");
});

it("a full disk is storage-full", () => {
  const full = Object.assign(new Error("write failed"), { code: "ENOSPC" });
  expect(asAppError(full, "fold-training").code).toBe("storage-full");
  const postgres = Object.assign(new Error("could not extend file"), { code: "53100" });
  expect(asAppError(postgres, "dataset-ingest").code).toBe("storage-full");
});

it("our own errors reveal nothing of their cause and are retryable", () => {
  const secret = new Error("password authentication failed for user admin");
  for (const [kind, code] of [
    ["fold-training", "training-failed"],
    ["pruning", "internal"],
  ] as const) {
    const problem = problemOf(asAppError(secret, kind));
    expect(problem).toMatchObject({ code, retryable: true });
    expect(JSON.stringify(problem)).not.toContain("admin");
  }
});

it("an AppError stays as it is", () => {
  const error = new AppError("source-not-allowed", "no");
  expect(asAppError(error, "dataset-ingest")).toBe(error);
});
