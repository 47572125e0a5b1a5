/** The compiled module of assembly/kernels.ts. */
export function compileKernels(): Promise<Uint8Array>;
