import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { BACKENDS, reportBackend, selectBackend } from "./select.js";

const absent = async (name: string): Promise<unknown> => {
  throw new Error(`Cannot find package '${name}'\nRequire stack: ...`);
};

describe("backends", () => {
  it("auto picks wasm where nothing faster is installed, and says why", async () => {
    const selected = await selectBackend("auto", absent);
    expect(selected).toMatchObject({ backend: "wasm", device: "cpu (wasm, one thread)" });
    expect(selected.reasons).toEqual([
      "tfjs-node-gpu: Cannot find package '@tensorflow/tfjs-node-gpu'.",
      "tfjs-node: Cannot find package '@tensorflow/tfjs-node'.",
    ]);
    expect(tf.getBackend()).toBe("wasm");
  });

  it.each(["tfjs-node", "tfjs-node-gpu", "webgpu"] as const)(
    "%s asked for by name is refused if it is absent, with a way to get it",
    async (name) => {
      await expect(selectBackend(name, absent)).rejects.toMatchObject({
        code: "backend-unavailable",
        message: expect.stringMatching(/To get it: npm (run|install) /),
      });
    },
  );

  it("the GPU package without a GPU is refused", async () => {
    await selectBackend("wasm");
    // Stands in for TensorFlow on a machine without a GPU; forgetting it must leave wasm's kernels
    // alone.
    const running = Object.create(tf.backend(), { dispose: { value: () => {} } });
    tf.registerBackend("tensorflow", () => running as tf.KernelBackend, 0);
    const noGpu = async () => ({ version: {}, backend: () => ({ isUsingGpuDevice: false }) });
    await expect(selectBackend("tfjs-node-gpu", noGpu)).rejects.toMatchObject({
      code: "backend-unavailable",
      message: expect.stringMatching(/sees no GPU/),
    });
    expect(tf.findBackend("tensorflow")).toBeNull();
  });

  it.each([
    [null, "Dawn finds no graphics adapter here."],
    [
      { info: { description: "llvmpipe (LLVM 15)" } },
      "the only adapter, llvmpipe (LLVM 15), is a software one.",
    ],
  ])("webgpu is refused with adapter %j: %s", async (adapter, reason) => {
    const dawn = { globals: {}, create: () => ({ requestAdapter: async () => adapter }) };
    const report = await reportBackend("webgpu", async () => dawn);
    expect(report).toMatchObject({ available: false, reason });
  });

  it("every backend is reported: a present one with version and device, an absent one with the reason and how to get it", async () => {
    expect(BACKENDS).toEqual(["tfjs-node-gpu", "tfjs-node", "wasm", "webgpu"]);
    const reports = [];
    for (const name of BACKENDS) reports.push(await reportBackend(name, absent));
    for (const report of reports) {
      expect(report.howToGet).toMatch(/npm/);
      if (report.backend === "wasm") {
        expect(report).toMatchObject({ available: true, reason: null });
        expect(report.version).toMatch(/^tfjs-backend-wasm \d/);
      } else {
        expect(report).toMatchObject({ available: false, version: null, device: null });
        expect(report.reason).toMatch(/^Cannot find package '.*'\.$/);
      }
    }
  });

  it("a backend that computes wrongly is not available, and the report names its losses", async () => {
    await selectBackend("wasm");
    const exp = tf.getKernel("Exp", "wasm");
    const { kernelFunc } = tf.getKernel("Relu", "wasm");
    tf.unregisterKernel("Exp", "wasm");
    tf.registerKernel({ ...exp, kernelFunc });
    try {
      const { available, reason } = await reportBackend("wasm", absent);
      expect(available).toBe(false);
      expect(reason).toMatch(/^a small training run gave the losses .*, not 1\.143806, .*\.$/);
    } finally {
      tf.unregisterKernel("Exp", "wasm");
      tf.registerKernel(exp);
    }
    expect(await reportBackend("wasm", absent)).toMatchObject({ available: true });
  });
});
