import * as tf from "@tensorflow/tfjs-core";

/** What a program asked of the backend. */
export interface Counts {
  operations: number;
  floatUploads: number;
  uploadedBytes: number;
}

type Attributes = Record<string, unknown>;
/** The shapes of a kernel's outputs. */
type Infer = (shapes: number[][], attributes: Attributes) => number[][];

const same: Infer = ([x]) => [x!];
const broadcast: Infer = ([a, b]) => [tf.broadcast_util.assertAndGetBroadcastShape(a!, b!)];
const reduced: Infer = ([x], { axis, keepDims }) => {
  const axes = tf.util.parseAxisParam(axis as number | number[], x!);
  return [x!.flatMap((side, i) => (axes.includes(i) ? (keepDims === true ? [1] : []) : [side]))];
};

/** Every kernel that a training step uses on native TensorFlow, by the shapes that it returns. */
const KERNELS: Record<string, Infer> = {
  ...Object.fromEntries(
    ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "GreaterEqual", "Equal"].map((name) => [
      name,
      broadcast,
    ]),
  ),
  ...Object.fromEntries(
    [
      "Square",
      "Sqrt",
      "Rsqrt",
      "Exp",
      "Erf",
      "Log",
      "Sigmoid",
      "Tanh",
      "Relu",
      "Step",
      "Softmax",
      "ZerosLike",
      "Cast",
      "Identity",
    ].map((name) => [name, same]),
  ),
  ...Object.fromEntries(["Sum", "Mean", "Max"].map((name) => [name, reduced])),
  BatchMatMul: ([a, b], { transposeA, transposeB }) => [
    [
      ...a!.slice(0, -2),
      a!.at(transposeA === true ? -1 : -2)!,
      b!.at(transposeB === true ? -2 : -1)!,
    ],
  ],
  Reshape: ([x], { shape }) => [
    tf.util.inferFromImplicitShape(shape as number[], tf.util.sizeFromShape(x!)),
  ],
  Transpose: ([x], { perm }) => [(perm as number[]).map((axis) => x![axis]!)],
  Slice: ([x], { begin, size }) => [
    (size as number[]).map((side, i) => (side === -1 ? x![i]! - (begin as number[])[i]! : side)),
  ],
  PadV2: ([x], { paddings }) => [
    x!.map((side, i) => side + (paddings as number[][])[i]![0]! + (paddings as number[][])[i]![1]!),
  ],
  Concat: (shapes, { axis }) => [
    shapes[0]!.map((side, i) =>
      i === axis ? shapes.reduce((total, shape) => total + shape[i]!, 0) : side,
    ),
  ],
  SplitV: ([x], { numOrSizeSplits, axis }) =>
    (numOrSizeSplits as number[]).map((size) => x!.map((side, i) => (i === axis ? size : side))),
  GatherV2: ([x, ids]) => [[...ids!, ...x!.slice(1)]],
  UnsortedSegmentSum: ([x], { numSegments }) => [[numSegments as number, ...x!.slice(1)]],
  WinnowUniform: (_, { shape }) => [shape as number[]],
};

const NAME = "shapes";

/**
 * A backend that computes nothing: it returns tensors of the right shape, reads zeros, and counts
 * operations and uploads as tfjs-node makes them. So a test can hold a step to a budget without
 * native TensorFlow.
 */
class ShapeBackend extends tf.KernelBackend {
  readonly counts: Counts = { operations: 0, floatUploads: 0, uploadedBytes: 0 };
  readonly #written = new WeakMap<object, { bytes: number; float: boolean }>();
  readonly #sizes = new WeakMap<object, number>();

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const id = this.#made(shape);
    this.#written.set(id, {
      bytes: (values as Float32Array).byteLength ?? 4 * values.length,
      float: dtype === "float32",
    });
    return id;
  }

  override move(): void {
    throw new Error("This backend shares no tensors with others.");
  }

  run(inputs: readonly tf.TensorInfo[], shapes: number[][], dtype: tf.DataType): tf.TensorInfo[] {
    this.counts.operations++;
    for (const { dataId } of inputs) this.#upload(dataId);
    return shapes.map((shape) => ({ dataId: this.#made(shape), shape, dtype }));
  }

  override readSync(id: object): Float32Array {
    return new Float32Array(this.#sizes.get(id)!);
  }

  override async read(id: object): Promise<Float32Array> {
    return this.readSync(id);
  }

  override disposeData(): boolean {
    return true;
  }

  override numDataIds(): number {
    return 0;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  #made(shape: number[]): object {
    const id = {};
    this.#sizes.set(id, tf.util.sizeFromShape(shape));
    return id;
  }

  /** Values go to the device with the first operation that reads them. */
  #upload(id: object): void {
    const written = this.#written.get(id);
    if (written === undefined) return;
    this.#written.delete(id);
    this.counts.uploadedBytes += written.bytes;
    if (written.float) this.counts.floatUploads++;
  }
}

function dtypeOf(kernel: string, inputs: tf.TensorInfo[], attributes: Attributes): tf.DataType {
  if (kernel === "Cast") return attributes.dtype as tf.DataType;
  if (kernel === "Equal" || kernel === "GreaterEqual") return "bool";
  return inputs[0]?.dtype ?? "float32";
}

/** Makes it TensorFlow.js's current backend. */
export async function startShapeBackend(): Promise<Counts> {
  const backend = new ShapeBackend();
  tf.registerBackend(NAME, () => backend);
  for (const [kernelName, infer] of Object.entries(KERNELS)) {
    tf.registerKernel({
      kernelName,
      backendName: NAME,
      kernelFunc: ({ inputs, attrs }) => {
        const given = Object.values(inputs) as tf.TensorInfo[];
        // A second name of the same data.
        if (kernelName === "Identity") return given[0]!;
        const attributes: Attributes = attrs ?? {};
        const shapes = given.map(({ shape }) => shape);
        const dtype = dtypeOf(kernelName, given, attributes);
        const outputs = backend.run(given, infer(shapes, attributes), dtype);
        return kernelName === "SplitV" ? outputs : outputs[0]!;
      },
    });
  }
  await tf.setBackend(NAME);
  await tf.ready();
  return backend.counts;
}
