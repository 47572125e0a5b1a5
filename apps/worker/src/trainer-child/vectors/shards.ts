/** A part of the different texts of a dataset. */
export interface Shard {
  readonly shard: number;
  readonly shards: number;
}

/** Whether a text of this key belongs to a shard: equal texts belong to one, wherever they stand. */
export const isOfShard = (key: Uint8Array, { shard, shards }: Shard): boolean =>
  new DataView(key.buffer, key.byteOffset).getUint32(0, true) % shards === shard;
