import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { SIMD_BINARY } from "./simd-binary.js";

/** The functions of assemblyscript/kernels.ts: byte addresses and counts. */
export interface SimdKernels {
  products(
    a: number,
    b: number,
    out: number,
    count: number,
    rows: number,
    inner: number,
    columns: number,
  ): void;
  adam(
    ...args: [
      p: number,
      m: number,
      v: number,
      g: number,
      nextP: number,
      nextM: number,
      nextV: number,
      n: number,
      beta1: number,
      beta2: number,
      epsilon: number,
      rate: number,
      keep: number,
    ]
  ): void;
  average(a: number, b: number, out: number, n: number, decay: number): void;
  gelu(x: number, out: number, n: number, isErf: boolean): void;
  geluGrad(x: number, dy: number, dx: number, n: number, isErf: boolean): void;
  layerNorm(
    ...args: [
      x: number,
      scale: number,
      offset: number,
      y: number,
      normal: number,
      inverse: number,
      rows: number,
      width: number,
      epsilon: number,
    ]
  ): void;
}

/**
 * Our SIMD kernels on the memory of the running wasm backend. Throws if that memory is out of
 * reach, as in another version of the backend.
 */
export function startSimd(backend: BackendWasm): SimdKernels {
  const { asm } = backend.wasm as unknown as { asm?: { memory?: { buffer: unknown } } };
  if (!(asm?.memory?.buffer instanceof ArrayBuffer)) {
    throw new Error("TensorFlow.js's wasm backend no longer exposes its memory; pin it to 4.22.");
  }
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyInterface })
    .WebAssembly;
  const env = { memory: asm.memory, abort: () => {} };
  return new Instance(new Module(Buffer.from(SIMD_BINARY, "base64")), { env }).exports;
}

/** The part of WebAssembly that we use: TypeScript declares it only among the browser's types. */
interface WebAssemblyInterface {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: object }) => { exports: SimdKernels };
}

/**
 * The address of a tensor's numbers in the backend's memory; fixed until the tensor is disposed.
 */
export function addressOf(backend: BackendWasm, tensor: TensorInfo | undefined): number {
  return backend.dataIdMap.get((tensor as TensorInfo).dataId).memoryOffset;
}
