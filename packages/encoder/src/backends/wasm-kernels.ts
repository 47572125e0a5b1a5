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
  register("WinnowLayerNorm", layerNorm);
  register("WinnowLayerNormGrad", layerNormGrad);
  register("WinnowGelu", gelu);
  register("WinnowGeluGrad", geluGrad);
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
function layerNorm({ inputs, attrs, backend }: Call): tf.TensorInfo[] {
  const { shape } = inputs.x as tf.TensorInfo;
  const [rows, width] = shape as [number, number];
  const outputs = [
    backend.makeOutput(shape, "float32"),
    backend.makeOutput(shape, "float32"),
    backend.makeOutput([rows, 1], "float32"),
  ];
  const x = heap(backend, inputs.x);
  const scale = heap(backend, inputs.scale);
  const offset = heap(backend, inputs.offset);
  const [y, normal, inverse] = outputs.map((out) => heap(backend, out)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const epsilon = attrs.epsilon as number;
  for (let r = 0, at = 0; r < rows; r++, at += width) {
    let total = 0;
    for (let j = 0; j < width; j++) total += x[at + j]!;
    const mean = total / width;
    let squares = 0;
    for (let j = 0; j < width; j++) {
      const centred = x[at + j]! - mean;
      squares += centred * centred;
    }
    const inv = 1 / Math.sqrt(squares / width + epsilon);
    inverse[r] = inv;
    for (let j = 0; j < width; j++) {
      const value = (x[at + j]! - mean) * inv;
      normal[at + j] = value;
      y[at + j] = value * scale[j]! + offset[j]!;
    }
  }
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

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;

function gelu({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const out = backend.makeOutput((inputs.x as tf.TensorInfo).shape, "float32");
  const x = heap(backend, inputs.x);
  const y = heap(backend, out);
  if (attrs.form === "gelu") {
    for (let i = 0; i < x.length; i++) y[i] = x[i]! * erfCdf(x[i]!);
  } else {
    for (let i = 0; i < x.length; i++) y[i] = x[i]! * tanhCdf(x[i]!);
  }
  return out;
}

function geluGrad({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const out = backend.makeOutput((inputs.x as tf.TensorInfo).shape, "float32");
  const x = heap(backend, inputs.x);
  const dy = heap(backend, inputs.dy);
  const dx = heap(backend, out);
  if (attrs.form === "gelu") {
    const norm = 1 / Math.sqrt(2 * Math.PI);
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      dx[i] = dy[i]! * (erfCdf(value) + value * norm * Math.exp(-0.5 * value * value));
    }
  } else {
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      const cdf = tanhCdf(value);
      const slope = TANH_SCALE * (1 + 3 * TANH_CUBIC * value * value);
      dx[i] = dy[i]! * (cdf + value * 2 * cdf * (1 - cdf) * slope);
    }
  }
  return out;
}

/** (1 + tanh u) / 2 = 1 / (1 + e^(-2u)) at the tanh form's u. */
function tanhCdf(x: number): number {
  return 1 / (1 + Math.exp(-2 * TANH_SCALE * (x + TANH_CUBIC * x * x * x)));
}

/** The normal distribution function by the complementary error function, to 1e-7. */
function erfCdf(x: number): number {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * z);
  // Abramowitz and Stegun 7.1.26.
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const half = 0.5 * tail * Math.exp(-z * z);
  return x >= 0 ? 1 - half : half;
}

/** One pass over parameter, moments and gradient: next parameter and moments. */
function adam({ inputs, attrs, backend }: Call, simd: SimdKernels): tf.TensorInfo[] {
  const { shape } = inputs.p as tf.TensorInfo;
  const outputs = [0, 1, 2].map(() => backend.makeOutput(shape, "float32"));
  const { p, m, v, g } = inputs;
  const at = [p, m, v, g, ...outputs].map((x) => addressOf(backend, x));
  const [a, b, c, d, e, f, h] = at as [number, number, number, number, number, number, number];
  const size = shape.reduce((product, side) => product * side, 1);
  const { beta1, beta2, epsilon, rate, decay } = attrs as Record<string, number>;
  simd.adam(a, b, c, d, e, f, h, size, beta1!, beta2!, epsilon!, rate!, 1 - decay!);
  return outputs;
}

/** decay * a + (1 - decay) * p. */
function average({ inputs, attrs, backend }: Call, simd: SimdKernels): tf.TensorInfo {
  const { shape } = inputs.a as tf.TensorInfo;
  const out = backend.makeOutput(shape, "float32");
  const [a, p, to] = [inputs.a, inputs.p, out].map((x) => addressOf(backend, x)) as [
    number,
    number,
    number,
  ];
  const size = shape.reduce((product, side) => product * side, 1);
  simd.average(a, p, to, size, attrs.decay as number);
  return out;
}
