import { isUtf8 } from "node:buffer";

/** Bytes as text, if they are: old writers do not say so, and some say so of bytes that are not. */
export function textOrBytes(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return isUtf8(value) ? utf8(value) : value;
}

const utf8 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("utf8");
