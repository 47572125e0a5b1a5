import type { CaseReport } from "./check-albert-case.mjs";

/** Compares a BERT case folder with what the built package computes on the current backend. */
export function checkBertCase(
  folder: string,
  format: "safetensors" | "tensorflow-bundle",
  engine?: "eager" | "graph",
): Promise<CaseReport>;

/** Compares the recorded sentences with what the weights in `model` give. */
export function checkSentences(folder: string, model: string): Promise<CaseReport>;
