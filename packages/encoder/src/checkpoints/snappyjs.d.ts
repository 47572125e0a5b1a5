declare module "snappyjs" {
  /** Decompresses; throws for bytes that are not a snappy stream or claim more than `maxLength`. */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
}
