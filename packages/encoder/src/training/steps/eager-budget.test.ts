import { beforeAll, expect, it } from "vitest";
import { BATCH_BYTES, lastStep } from "./budget-step.js";
import { type Counts, startShapeBackend } from "./shape-backend.js";

let counts: Counts;
beforeAll(async () => {
  counts = await startShapeBackend();
});

it("an eager step of the default recipe takes at most 320 operations and 12 float uploads", async () => {
  const step = await lastStep(counts, {}, {});
  expect(step.operations).toBeGreaterThan(100);
  expect(step.operations).toBeLessThanOrEqual(320);
  expect(step.floatUploads).toBeGreaterThan(2);
  expect(step.floatUploads).toBeLessThanOrEqual(12);
  expect(step.uploadedBytes).toBeLessThanOrEqual(BATCH_BYTES);
});

it("AdamW, clipping and attention dropout add a few operations and no upload of a batch's size", async () => {
  const options = { optimizer: "adamw", clipNorm: 1 } as const;
  const step = await lastStep(counts, { attentionDropout: 0.1 }, options);
  expect(step.operations).toBeLessThanOrEqual(340);
  expect(step.floatUploads).toBeLessThanOrEqual(12);
  expect(step.uploadedBytes).toBeLessThanOrEqual(BATCH_BYTES);
});

it("more blocks add operations but no uploads", async () => {
  const one = await lastStep(counts, { head: { layer: 1 } }, {});
  const four = await lastStep(counts, { head: { layer: 4 } }, {});
  expect(four.operations - one.operations).toBeLessThan(3 * 180);
  expect(four.floatUploads).toBe(one.floatUploads);
});
