import { describe, expect, it } from "vitest";
import { gpuUuids, openDevices } from "./devices.js";

const TWO_GPUS = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a7ba40e8-f24e-1820-42cf-6645ff051a93)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-5f1c2d3e-0b1a-4a77-9d55-2f7f0c1e8b90)
`;
const DIVIDED = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-11111111-2222-3333-4444-555555555555)
  MIG 3g.20gb     Device  0: (UUID: MIG-aaaaaaaa-1111-5555-9999-000000000001)
  MIG 3g.20gb     Device  1: (UUID: MIG-aaaaaaaa-1111-5555-9999-000000000002)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-66666666-2222-3333-4444-555555555555)
`;

describe("gpuUuids", () => {
  it("reads the UUID of each GPU", () => {
    expect(gpuUuids(TWO_GPUS)).toEqual([
      "GPU-a7ba40e8-f24e-1820-42cf-6645ff051a93",
      "GPU-5f1c2d3e-0b1a-4a77-9d55-2f7f0c1e8b90",
    ]);
  });

  it("takes the MIG instances in place of the GPU that they divide", () => {
    expect(gpuUuids(DIVIDED)).toEqual([
      "MIG-aaaaaaaa-1111-5555-9999-000000000001",
      "MIG-aaaaaaaa-1111-5555-9999-000000000002",
      "GPU-66666666-2222-3333-4444-555555555555",
    ]);
  });

  it("finds nothing in an error message", () => {
    expect(gpuUuids("No devices were found\n")).toEqual([]);
    expect(gpuUuids("")).toEqual([]);
  });
});

describe("openDevices", () => {
  it("leases the least used of several GPUs by UUID", async () => {
    const devices = await openDevices(null, async () => gpuUuids(TWO_GPUS));
    expect(devices.count).toBe(2);
    const first = devices.lease();
    const second = devices.lease();
    expect(first.env).toEqual({ CUDA_VISIBLE_DEVICES: "GPU-a7ba40e8-f24e-1820-42cf-6645ff051a93" });
    expect(second.env).toEqual({
      CUDA_VISIBLE_DEVICES: "GPU-5f1c2d3e-0b1a-4a77-9d55-2f7f0c1e8b90",
    });
    second.release();
    second.release();
    expect(devices.lease().env).toEqual(second.env);
  });

  it("leaves a single GPU to CUDA, whatever its number on the host", async () => {
    // A container that was given GPU 5 of 8 has /dev/nvidia5, which CUDA calls 0.
    const devices = await openDevices(null, async () => ["GPU-5f1c2d3e"]);
    expect([devices.count, devices.lease().env]).toEqual([1, {}]);
  });

  it("counts one GPU where the driver lists none, since the probe has trained on it", async () => {
    const devices = await openDevices(null, async () => []);
    expect([devices.count, devices.lease().env]).toEqual([1, {}]);
  });

  it("takes what CUDA_VISIBLE_DEVICES names as it stands", async () => {
    const devices = await openDevices(["2", "3"], async () => gpuUuids(TWO_GPUS));
    expect([devices.lease().env, devices.lease().env]).toEqual([
      { CUDA_VISIBLE_DEVICES: "2" },
      { CUDA_VISIBLE_DEVICES: "3" },
    ]);
    const single = await openDevices(["MIG-aaaaaaaa"], async () => gpuUuids(TWO_GPUS));
    expect([single.count, single.lease().env]).toEqual([1, {}]);
  });
});
