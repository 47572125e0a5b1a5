import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { listBackends, selectBackend } from "./select.js";

const absent = async (name: string): Promise<unknown> => {
  throw new Error(`Cannot find package '${name}'\nRequire stack: ...`);
};

describe("backends", () => {
  it("auto takes wasm where nothing faster is there, and says why", async () => {
    const selected = await selectBackend("auto", absent);
    expect(selected).toMatchObject({ backend: "wasm", device: "cpu (wasm, one thread)" });
    expect(selected.reasons).toEqual([
      "tfjs-node-gpu: Cannot find package '@tensorflow/tfjs-node-gpu'.",
      "tfjs-node: Cannot find package '@tensorflow/tfjs-node'.",
    ]);
    expect(tf.getBackend()).toBe("wasm");
  });

  it.each(["tfjs-node", "tfjs-node-gpu", "webgpu"] as const)(
    "%s asked for by name is refused where it is absent, with a way to get it",
    async (name) => {
      await expect(selectBackend(name, absent)).rejects.toMatchObject({
        code: "backend-unavailable",
        message: expect.stringMatching(/npm install/),
      });
    },
  );

  it("the GPU package without a GPU is refused", async () => {
    await selectBackend("wasm");
    // Stands for TensorFlow on a machine without a GPU; forgetting it must not end wasm's.
    const running = Object.create(tf.backend(), { dispose: { value: () => {} } });
    tf.registerBackend("tensorflow", () => running as tf.KernelBackend, 0);
    const noGpu = async () => ({ version: {}, backend: () => ({ isUsingGpuDevice: false }) });
    await expect(selectBackend("tfjs-node-gpu", noGpu)).rejects.toMatchObject({
      code: "backend-unavailable",
      message: expect.stringMatching(/sees no GPU/),
    });
    expect(tf.findBackend("tensorflow")).toBeNull();
  });

  it("lists every backend, the missing ones with the reason, and leaves the best one running", async () => {
    const reports = await listBackends(absent);
    expect(reports.map(({ backend, available }) => [backend, available])).toEqual([
      ["tfjs-node-gpu", false],
      ["tfjs-node", false],
      ["wasm", true],
      ["webgpu", false],
    ]);
    expect(reports.every(({ reason, available }) => available === (reason === null))).toBe(true);
    expect(tf.getBackend()).toBe("wasm");
  });
});
