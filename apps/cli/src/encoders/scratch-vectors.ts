import type { ScratchFile } from "@winnow/storage";

/** Adds vectors behind those that are there. */
export function appendVectors(scratch: ScratchFile, values: Float32Array): void {
  scratch.append(bytesOf(values));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
