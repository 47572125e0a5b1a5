import { fileURLToPath } from "node:url";
import { selectBackend } from "@winnow/albert";
import { beforeAll, describe, expect, it } from "vitest";
import { checkAlbertCase, checkTokenizerCases } from "./check-albert-case.mjs";

const folder = (name: string) => fileURLToPath(new URL(`albert/${name}`, import.meta.url));

describe("ALBERT agrees with the reference implementation", () => {
  beforeAll(() => selectBackend("wasm"));

  for (const name of ["case1_gelu_2layer", "case2_gelunew_3layer"]) {
    for (const format of ["safetensors", "tensorflow-bundle"] as const) {
      it(`${name} from ${format}: activations, five heads, gradients, training trace`, async () => {
        const report = await checkAlbertCase(folder(name), format);
        expect(report.differences).toEqual([]);
        expect(report.comparisons).toBeGreaterThan(250);
      });
    }
  }

  it("cuts 25 texts into the same pieces", async () => {
    const report = await checkTokenizerCases(folder("tokenizer"));
    expect(report.differences).toEqual([]);
    expect(report.comparisons).toBe(150);
  });
});
