import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { addressOf, type SimdKernels, startSimd } from "./simd.js";
import { replaceMatMul } from "./wasm-matmul.js";

/*
 * Kernels that the wasm backend lacks or runs slowly, as plain loops over its heap. A tensor's view
 * is looked up again after every allocation: a growing heap detaches the old views.
 */

type Inputs = Record<string, tf.TensorInfo>;
interface Call {
  inputs: Inputs;
  attrs: Record<string, unknown>;
  backend: BackendWasm;
}

/** Registers every kernel below. Call it once, while wasm is the current backend. */
export function registerWasmKernels(): void {
  const simd = startSimd(tf.backend() as unknown as BackendWasm);
  replaceMatMul(simd);
  register("UnsortedSegmentSum", segmentSum);
  register("WinnowLayerNorm", (call) => layerNorm(call, simd));
  register("WinnowLayerNormGrad", layerNormGrad);
  register("WinnowGelu", (call) => gelu(call, simd));
  register("WinnowGeluGrad", (call) => geluGrad(call, simd));
  register("WinnowAdam", (call) => adam(call, simd));
  register("WinnowAverage", (call) => average(call, simd));
}

function register(
  kernelName: string,
  kernel: (call: Call) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (tf.getKernel(kernelName, "wasm")) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    kernelName,
    backendName: "wasm",
    kernelFunc: kernel as unknown as tf.KernelFunc,
  });
}

function heap(backend: BackendWasm, tensor: tf.TensorInfo | undefined): Float32Array {
  return backend.typedArrayFromHeap(tensor as tf.TensorInfo) as Float32Array;
}

const addresses = (backend: BackendWasm, tensors: (tf.TensorInfo | undefined)[]): number[] =>
  tensors.map((tensor) => addressOf(backend, tensor));

/** out[ids[i]] += x[i] for rows x (n, w); a negative id is skipped. The gradient of a look-up. */
function segmentSum({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const x = inputs.x as tf.TensorInfo;
  const segmentIds = inputs.segmentIds as tf.TensorInfo;
  const rest = x.shape.slice(segmentIds.shape.length);
  const width = rest.reduce((product, side) => product * side, 1);
  const out = backend.makeOutput([attrs.numSegments as number, ...rest], x.dtype);
  const ids = backend.typedArrayFromHeap(segmentIds) as Int32Array;
  const from = heap(backend, x);
  const to = heap(backend, out);
  to.fill(0);
  for (let i = 0, at = 0; i < ids.length; i++, at += width) {
    const row = ids[i]! * width;
    if (row < 0) continue;
    for (let j = 0; j < width; j++) to[row + j]! += from[at + j]!;
  }
  return out;
}

/** x (n, w) -> y, the normalised rows, and 1 / deviation (n, 1). */
function layerNorm({ inputs, attrs, backend }: Call, simd: SimdKernels): tf.TensorInfo[] {
  const { shape } = inputs.x as tf.TensorInfo;
  const [rows, width] = shape as [number, number];
  const outputs = [shape, shape, [rows, 1]].map((side) => backend.makeOutput(side, "float32"));
  const { x, scale, offset } = inputs;
  const [a, b, c, d, e, f] = addresses(backend, [x, scale, offset, ...outputs]);
  simd.layerNorm(a!, b!, c!, d!, e!, f!, rows, width, attrs.epsilon as number);
  return outputs;
}

/** Gradients of layer normalisation: of x (n, w), scale (w), offset (w). */
function layerNormGrad({ inputs, backend }: Call): tf.TensorInfo[] {
  const { shape } = inputs.dy as tf.TensorInfo;
  const [rows, width] = shape as [number, number];
  const outputs = [
    backend.makeOutput(shape, "float32"),
    backend.makeOutput([width], "float32"),
    backend.makeOutput([width], "float32"),
  ];
  const dy = heap(backend, inputs.dy);
  const normal = heap(backend, inputs.normal);
  const inverse = heap(backend, inputs.inverse);
  const scale = heap(backend, inputs.scale);
  const [dx, dScale, dOffset] = outputs.map((out) => heap(backend, out)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const scaleSums = new Float64Array(width);
  const offsetSums = new Float64Array(width);
  for (let r = 0, at = 0; r < rows; r++, at += width) {
    let mean = 0;
    let along = 0;
    for (let j = 0; j < width; j++) {
      const d = dy[at + j]!;
      const n = normal[at + j]!;
      const g = d * scale[j]!;
      mean += g;
      along += g * n;
      scaleSums[j]! += d * n;
      offsetSums[j]! += d;
    }
    mean /= width;
    along /= width;
    const inv = inverse[r]!;
    for (let j = 0; j < width; j++) {
      dx[at + j] = inv * (dy[at + j]! * scale[j]! - mean - normal[at + j]! * along);
    }
  }
  dScale.set(scaleSums);
  dOffset.set(offsetSums);
  return outputs;
}

function gelu({ inputs, attrs, backend }: Call, simd: SimdKernels): tf.TensorInfo {
  const { shape } = inputs.x as tf.TensorInfo;
  const out = backend.makeOutput(shape, "float32");
  const [x, y] = addresses(backend, [inputs.x, out]);
  simd.gelu(x!, y!, tf.util.sizeFromShape(shape), attrs.form === "gelu");
  return out;
}

function geluGrad({ inputs, attrs, backend }: Call, simd: SimdKernels): tf.TensorInfo {
  const { shape } = inputs.x as tf.TensorInfo;
  const out = backend.makeOutput(shape, "float32");
  const [x, dy, dx] = addresses(backend, [inputs.x, inputs.dy, out]);
  simd.geluGrad(x!, dy!, dx!, tf.util.sizeFromShape(shape), attrs.form === "gelu");
  return out;
}

/** One pass over parameter, moments and gradient: next parameter and moments. */
function adam({ inputs, attrs, backend }: Call, simd: SimdKernels): tf.TensorInfo[] {
  const { shape } = inputs.p as tf.TensorInfo;
  const outputs = [0, 1, 2].map(() => backend.makeOutput(shape, "float32"));
  const { p, m, v, g } = inputs;
  const at = addresses(backend, [p, m, v, g, ...outputs]);
  const [a, b, c, d, e, f, h] = at as [number, number, number, number, number, number, number];
  const size = tf.util.sizeFromShape(shape);
  const { beta1, beta2, epsilon, rate, decay } = attrs as Record<string, number>;
  simd.adam(a, b, c, d, e, f, h, size, beta1!, beta2!, epsilon!, rate!, 1 - decay!);
  return outputs;
}

/** decay * a + (1 - decay) * p. */
function average({ inputs, attrs, backend }: Call, simd: SimdKernels): tf.TensorInfo {
  const { shape } = inputs.a as tf.TensorInfo;
  const out = backend.makeOutput(shape, "float32");
  const [a, p, to] = addresses(backend, [inputs.a, inputs.p, out]);
  const size = tf.util.sizeFromShape(shape);
  simd.average(a!, p!, to!, size, attrs.decay as number);
  return out;
}
