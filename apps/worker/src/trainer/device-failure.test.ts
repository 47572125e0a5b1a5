import { AppError } from "@winnow/contracts";
import { expect, it } from "vitest";
import { deviceFailure } from "./device-failure.js";

it.each([
  "Session fail to run with error: 2 root error(s) found.\n  (0) RESOURCE_EXHAUSTED: OOM when allocating tensor with shape[4096,1248]",
  "CUDA_ERROR_OUT_OF_MEMORY: out of memory",
])("tells of a card without memory: %s", (message) => {
  const failure = deviceFailure(new Error(message), "tfjs-node-gpu");
  expect(failure).toMatchObject({ code: "device-failed" });
  expect(failure?.message).toMatch(/no memory left.*TRAINER_CONCURRENCY/);
});

it.each([
  "Failed to enqueue async memcpy from device to host: CUDA_ERROR_ILLEGAL_ADDRESS",
  "CUBLAS_STATUS_EXECUTION_FAILED",
  "Device is lost.",
])("tells of a card that failed: %s", (message) => {
  expect(deviceFailure(new Error(message), "webgpu")?.message).toMatch(
    /^The GPU failed\. .*says: /,
  );
});

it("leaves other errors, and errors without a card, as they are", () => {
  expect(deviceFailure(new Error("the file is gone"), "tfjs-node-gpu")).toBeNull();
  expect(deviceFailure(new AppError("storage-full", "CUDA_ERROR_"), "tfjs-node-gpu")).toBeNull();
  expect(deviceFailure(new Error("out of memory"), "tfjs-node")).toBeNull();
});
