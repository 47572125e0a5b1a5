// Long because the kernels share one heap and its rules.
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/*
 * Kernels that the wasm backend lacks or does slowly, as plain loops over its heap. A tensor's
 * memory is looked up after every allocation: growing the heap moves the views.
 */

type Inputs = Record<string, tf.TensorInfo>;
interface Call {
  inputs: Inputs;
  attrs: Record<string, unknown>;
  backend: BackendWasm;
}

/** Registers every kernel below. Call it once, when the wasm backend is the current one. */
export function registerWasmKernels(): void {
  replaceMatMul();
  register("UnsortedSegmentSum", segmentSum);
  register("WinnowLayerNorm", layerNorm);
  register("WinnowLayerNormGrad", layerNormGrad);
  register("WinnowGelu", gelu);
  register("WinnowGeluGrad", geluGrad);
  register("WinnowAdam", adam);
  register("WinnowAverage", average);
}

function register(
  kernelName: string,
  kernel: (call: Call) => tf.TensorInfo | tf.TensorInfo[],
  setupFunc?: tf.KernelSetupFunc,
): void {
  if (tf.getKernel(kernelName, "wasm")) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    kernelName,
    backendName: "wasm",
    kernelFunc: kernel as unknown as tf.KernelFunc,
    ...(setupFunc && { setupFunc }),
  });
}

/**
 * The stock kernel takes its fast path only for one matrix that is not transposed, and gradients
 * need transposed ones: transposing first makes a step four times faster. A batch of few large
 * matrices goes through the fast path one by one.
 */
function replaceMatMul(): void {
  const stock = tf.getKernel("BatchMatMul", "wasm");
  const transpose = tf.getKernel("Transpose", "wasm").kernelFunc;
  const turned = (x: tf.TensorInfo, backend: BackendWasm): tf.TensorInfo => {
    const perm = x.shape.map((_, axis) => axis);
    perm.push(...perm.splice(-2).reverse());
    return transpose({ inputs: { x }, backend, attrs: { perm } }) as tf.TensorInfo;
  };
  const product = (a: tf.TensorInfo, b: tf.TensorInfo, backend: BackendWasm): tf.TensorInfo =>
    stock.kernelFunc({
      inputs: { a, b },
      backend,
      attrs: { transposeA: false, transposeB: false },
    }) as tf.TensorInfo;
  tf.unregisterKernel("BatchMatMul", "wasm");
  register(
    "BatchMatMul",
    ({ inputs, backend, attrs }) => {
      const a = attrs.transposeA ? turned(inputs.a as tf.TensorInfo, backend) : inputs.a;
      const b = attrs.transposeB ? turned(inputs.b as tf.TensorInfo, backend) : inputs.b;
      const [left, right] = [a, b] as [tf.TensorInfo, tf.TensorInfo];
      const out = oneByOne(left, right)
        ? eachProduct(left, right, backend, product)
        : product(left, right, backend);
      if (attrs.transposeA) backend.disposeData(left.dataId);
      if (attrs.transposeB) backend.disposeData(right.dataId);
      return out;
    },
    stock.setupFunc,
  );
}

/** Work of one matrix of a batch from which the fast path outweighs the cost of its call. */
const LARGE_PRODUCT = 300_000;

function oneByOne(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  if (a.shape.length !== 3 || a.shape[0] !== b.shape[0] || a.shape[0] === 1) return false;
  const [, rows, inner] = a.shape as [number, number, number];
  return rows * inner * (b.shape[2] as number) >= LARGE_PRODUCT;
}

/** a (n, r, i) times b (n, i, c), matrix by matrix: copies of each pair through the fast path. */
function eachProduct(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  backend: BackendWasm,
  product: (a: tf.TensorInfo, b: tf.TensorInfo, backend: BackendWasm) => tf.TensorInfo,
): tf.TensorInfo {
  const [count, rows] = a.shape as [number, number, number];
  const columns = b.shape[2] as number;
  const out = backend.makeOutput([count, rows, columns], "float32");
  const cut = (x: tf.TensorInfo, i: number): tf.TensorInfo => {
    const [, height, width] = x.shape as [number, number, number];
    const part = backend.makeOutput([1, height, width], "float32");
    const from = heap(backend, x).subarray(i * height * width, (i + 1) * height * width);
    heap(backend, part).set(from);
    return part;
  };
  for (let i = 0; i < count; i++) {
    const left = cut(a, i);
    const right = cut(b, i);
    const one = product(left, right, backend);
    heap(backend, out).set(heap(backend, one), i * rows * columns);
    for (const part of [left, right, one]) backend.disposeData(part.dataId);
  }
  return out;
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
    const row = (ids[i] as number) * width;
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
function adam({ inputs, attrs, backend }: Call): tf.TensorInfo[] {
  const { shape } = inputs.p as tf.TensorInfo;
  const outputs = [0, 1, 2].map(() => backend.makeOutput(shape, "float32"));
  const p = heap(backend, inputs.p);
  const m = heap(backend, inputs.m);
  const v = heap(backend, inputs.v);
  const g = heap(backend, inputs.g);
  const [next, first, second] = outputs.map((out) => heap(backend, out)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const { beta1, beta2, epsilon, rate, decay } = attrs as Record<string, number> as {
    beta1: number;
    beta2: number;
    epsilon: number;
    rate: number;
    decay: number;
  };
  const keep = 1 - decay;
  for (let i = 0; i < p.length; i++) {
    const gradient = g[i]!;
    const m1 = beta1 * m[i]! + (1 - beta1) * gradient;
    const v1 = beta2 * v[i]! + (1 - beta2) * gradient * gradient;
    first[i] = m1;
    second[i] = v1;
    next[i] = p[i]! * keep - (rate * m1) / (Math.sqrt(v1) + epsilon);
  }
  return outputs;
}

/** decay * a + (1 - decay) * p. */
function average({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const out = backend.makeOutput((inputs.a as tf.TensorInfo).shape, "float32");
  const a = heap(backend, inputs.a);
  const p = heap(backend, inputs.p);
  const mixed = heap(backend, out);
  const decay = attrs.decay as number;
  for (let i = 0; i < a.length; i++) mixed[i] = decay * a[i]! + (1 - decay) * p[i]!;
  return out;
}
