import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { selectBackend } from "../../backends/select.js";
import { lastStep } from "./budget-step.js";

interface Binding {
  executeOp(...args: unknown[]): unknown;
  createTensor(shape: number[], type: number, values: unknown): unknown;
  TF_FLOAT: number;
}

it("on TensorFlow itself an eager step keeps to the budget too", async () => {
  await selectBackend("tfjs-node");
  const backend = tf.backend() as unknown as { binding: Binding };
  const { binding } = backend;
  const counts = { operations: 0, floatUploads: 0, uploadedBytes: 0 };
  // The binding's own properties are read-only: this object stands before it.
  backend.binding = Object.create(binding, {
    executeOp: {
      value(...args: unknown[]) {
        counts.operations++;
        return binding.executeOp(...args);
      },
    },
    createTensor: {
      value(shape: number[], type: number, values: unknown) {
        if (type === binding.TF_FLOAT) counts.floatUploads++;
        counts.uploadedBytes += 4 * shape.reduce((product, side) => product * side, 1);
        return binding.createTensor(shape, type, values);
      },
    },
  });
  try {
    const step = await lastStep(counts, {}, {});
    expect(step.operations).toBeGreaterThan(100);
    expect(step.operations).toBeLessThanOrEqual(320);
    expect(step.floatUploads).toBeLessThanOrEqual(12);
  } finally {
    backend.binding = binding;
  }
});
