import { fileURLToPath } from "node:url";
import { selectBackend } from "@winnow/encoder";
import { beforeAll, describe, expect, it } from "vitest";
import { checkBertCase } from "./check-bert-case.mjs";

const folder = (name: string) => fileURLToPath(new URL(`bert/${name}`, import.meta.url));

describe("BERT agrees with the reference implementation", () => {
  beforeAll(() => selectBackend("wasm"));

  for (const name of ["case1_gelu_2layer", "case2_gelunew_3layer"]) {
    for (const format of ["safetensors", "tensorflow-bundle"] as const) {
      it(`${name} from ${format}: hidden states, logits of every head, gradients`, async () => {
        const report = await checkBertCase(folder(name), format);
        expect(report.differences).toEqual([]);
        expect(report.comparisons).toBeGreaterThan(250);
      });
    }
  }
});
