/*
 * Protocol buffers' wire format, as far as a SavedModel needs it: a message is its fields one after
 * another, each a tag (field number, kind of value) and the value.
 */

/** One encoded field, or several. */
export type Field = Uint8Array;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const LOW_BITS = 0x7fn;

/** An integer, also a negative one (two's complement of 64 bits), a bool or an enum. */
export function integer(field: number, value: number | boolean): Field {
  return Buffer.concat([tag(field, VARINT), varint(BigInt(value))]);
}

/** A text, raw bytes, or a message inside a message. */
export function bytes(field: number, value: string | Uint8Array): Field {
  const content = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([tag(field, LENGTH_DELIMITED), varint(BigInt(content.length)), content]);
}

export function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields);
}

/** A map: one message of key and value an entry. */
export function map(field: number, entries: Iterable<readonly [string, Uint8Array]>): Field {
  return Buffer.concat(
    Array.from(entries, ([key, value]) => bytes(field, message(bytes(1, key), bytes(2, value)))),
  );
}

function tag(field: number, kind: number): Uint8Array {
  return varint(BigInt((field << 3) | kind));
}

function varint(value: bigint): Uint8Array {
  const groups: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > LOW_BITS; rest >>= 7n) groups.push(Number(rest & LOW_BITS) | 0x80);
  groups.push(Number(rest));
  return Uint8Array.from(groups);
}
