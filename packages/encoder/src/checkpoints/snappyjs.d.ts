declare module "snappyjs" {
  /** Decompresses; throws on bytes that are no snappy stream or that claim more than `maxLength`. */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
}
