import * as tf from "@tensorflow/tfjs-core";

const NATIVE = "tensorflow";

/** What tfjs-node's backend offers to kernels. */
interface NativeBackend extends tf.KernelBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number; TF_INT32: number };
  executeSingleOutput(
    name: string,
    attributes: { name: string; type: number; value: number }[],
    inputs: tf.TensorInfo[],
  ): tf.TensorInfo;
}

/** Adds the kernel that TensorFlow.js lacks: random numbers drawn by TensorFlow itself. */
export function registerNativeKernels(): void {
  if (tf.getKernel("WinnowUniform", NATIVE)) return;
  tf.registerKernel({
    kernelName: "WinnowUniform",
    backendName: NATIVE,
    kernelFunc: ({ attrs, backend }) => {
      const native = backend as NativeBackend;
      const { shape: sides, seed: bits } = attrs as unknown as { shape: number[]; seed: number[] };
      const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = native.binding;
      const type = (name: string, value: number) => ({ name, type: TF_ATTR_TYPE, value });
      const shape = tf.tensor1d(sides, "int32");
      const seed = tf.tensor1d(bits, "int32");
      const drawn = native.executeSingleOutput(
        "StatelessRandomUniform",
        [type("dtype", TF_FLOAT), type("T", TF_INT32), type("Tseed", TF_INT32)],
        [shape, seed],
      );
      tf.dispose([shape, seed]);
      return drawn;
    },
  });
}
