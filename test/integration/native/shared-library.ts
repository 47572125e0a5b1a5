import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const PAGE = 4096;
const [DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_SONAME, DT_RUNPATH] = [
  1, 5, 6, 10, 11, 14, 29,
];

/**
 * Writes a shared library of Linux on this processor that holds no code: the loader opens it, and
 * with it the libraries of `needed`, which it looks for in the folders of `runpath`.
 */
export function writeSharedLibrary(
  file: string,
  { soname = "", needed = [] as string[], runpath = "" },
): void {
  let strings = "\0";
  const put = (text: string) => {
    const at = strings.length;
    strings += `${text}\0`;
    return at;
  };
  const entries: [number, number][] = needed.map((name) => [DT_NEEDED!, put(name)]);
  if (soname !== "") entries.push([DT_SONAME!, put(soname)]);
  if (runpath !== "") entries.push([DT_RUNPATH!, put(runpath)]);
  // Header, three program headers, one empty symbol, the strings, the dynamic section.
  const symbolsAt = 64 + 3 * 56;
  const stringsAt = symbolsAt + 24;
  const dynamicAt = Math.ceil((stringsAt + strings.length) / 16) * 16;
  entries.push(
    [DT_STRTAB!, stringsAt],
    [DT_SYMTAB!, symbolsAt],
    [DT_STRSZ!, strings.length],
    [DT_SYMENT!, 24],
    [0, 0],
  );
  const size = dynamicAt + 16 * entries.length;
  const bytes = Buffer.alloc(size);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(3, 16); // a shared library
  bytes.writeUInt16LE(process.arch === "arm64" ? 183 : 62, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(3, 56);
  const segment = (index: number, type: number, flags: number, from: number, length: number) => {
    const at = 64 + 56 * index;
    bytes.writeUInt32LE(type, at);
    bytes.writeUInt32LE(flags, at + 4);
    for (const offset of [8, 16, 24]) bytes.writeBigUInt64LE(BigInt(from), at + offset);
    for (const offset of [32, 40]) bytes.writeBigUInt64LE(BigInt(length), at + offset);
    bytes.writeBigUInt64LE(BigInt(type === 1 ? PAGE : 16), at + 48);
  };
  segment(0, 1, 6, 0, size); // loaded, writable: the loader puts addresses into the dynamic section
  segment(1, 2, 6, dynamicAt, 16 * entries.length);
  segment(2, 0x6474e551, 6, 0, 0); // no executable stack
  bytes.write(strings, stringsAt, "latin1");
  for (const [i, [tag, value]] of entries.entries()) {
    bytes.writeBigUInt64LE(BigInt(tag), dynamicAt + 16 * i);
    bytes.writeBigUInt64LE(BigInt(value), dynamicAt + 16 * i + 8);
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes, { mode: 0o755 });
}
