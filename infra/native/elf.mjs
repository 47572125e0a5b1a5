/** What the loader reads of a shared library: 64-bit ELF, little-endian, as on x86_64 and aarch64. */
import { closeSync, openSync, readSync } from "node:fs";
import { dirname, join } from "node:path";

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_STRTAB = 5;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

/**
 * The folders in which the loader looks for what a library opens by name: its RUNPATH (or RPATH),
 * with `$ORIGIN` as the folder of `file` under the name given. A link is not followed for that, as
 * the loader does not follow it either. Empty where the library has none; throws where it is no ELF file.
 */
export function searchFolders(file) {
  const runpath = readRunpath(file);
  return runpath
    .split(":")
    .filter(Boolean)
    .map((folder) => join(folder.replace(/\$ORIGIN\b|\$\{ORIGIN\}/, dirname(file))));
}

function readRunpath(path) {
  const file = openSync(path, "r");
  const read = (at, length) => {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, at);
    return bytes;
  };
  try {
    const header = read(0, 64);
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) {
      throw new Error(`${path} is no 64-bit ELF library.`);
    }
    const size = header.readUInt16LE(0x36);
    const table = read(Number(header.readBigUInt64LE(0x20)), size * header.readUInt16LE(0x38));
    const segments = Array.from({ length: table.length / size }, (_, i) => {
      const number = (offset) => Number(table.readBigUInt64LE(i * size + offset));
      const type = table.readUInt32LE(i * size);
      return { type, offset: number(8), address: number(16), bytes: number(32) };
    });
    const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
    if (dynamic === undefined) return "";
    const entries = read(dynamic.offset, dynamic.bytes);
    const values = new Map();
    for (let at = 0; at + 16 <= entries.length; at += 16) {
      const tag = Number(entries.readBigInt64LE(at));
      if (tag === 0) break;
      values.set(tag, Number(entries.readBigUInt64LE(at + 8)));
    }
    const name = values.get(DT_RUNPATH) ?? values.get(DT_RPATH);
    if (name === undefined) return "";
    const address = values.get(DT_STRTAB) + name;
    const segment = segments.find(
      ({ type, address: start, bytes }) =>
        type === PT_LOAD && start <= address && address < start + bytes,
    );
    return readString(read, address - segment.address + segment.offset);
  } finally {
    closeSync(file);
  }
}

/** A text that ends with a zero byte: TensorFlow's RUNPATH has thousands of characters. */
function readString(read, start) {
  let text = Buffer.alloc(0);
  for (;;) {
    const part = read(start + text.length, 4096);
    const end = part.indexOf(0);
    text = Buffer.concat([text, end < 0 ? part : part.subarray(0, end)]);
    if (end >= 0) return text.toString();
  }
}
