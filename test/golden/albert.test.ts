import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lossAndGradients, readCheckpoint, selectBackend, weightNames } from "@winnow/encoder";
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

  // Made with transformers 5.18: groups that do not divide the layers, several inner layers, E = H.
  for (const name of ["groups_inner_relu", "groups_uneven_gelunew"]) {
    it(`${name}: logits, loss and gradient norms are Hugging Face's`, async () => {
      const expected = JSON.parse(await readFile(join(folder(name), "hugging-face.json"), "utf8"));
      const { config, weights, surplus } = await readCheckpoint(folder(name), {
        head: { tap: "pooler", pooling: "cls" },
      });
      expect(surplus).toEqual([]);
      const found = await lossAndGradients(config, weights, expected);
      found.logits.forEach((logit, i) => {
        expect(logit).toBeCloseTo(expected.logits[i], 4);
      });
      expect(found.loss).toBeCloseTo(expected.loss, 5);
      let compared = 0;
      for (const [ours, { huggingFace }] of weightNames(config)) {
        const norm = expected.norms[`albert.${huggingFace}`] ?? expected.norms[huggingFace];
        const values = found.gradients.get(ours)?.values;
        if (values === undefined) continue;
        expect(Math.abs(Math.hypot(...values) - norm), ours).toBeLessThan(1e-4 + 1e-3 * norm);
        compared++;
      }
      expect(compared).toBe(Object.keys(expected.norms).length);
    });
  }

  it("cuts 25 texts into the same pieces", async () => {
    const report = await checkTokenizerCases(folder("tokenizer"));
    expect(report.differences).toEqual([]);
    expect(report.comparisons).toBe(150);
  });
});
