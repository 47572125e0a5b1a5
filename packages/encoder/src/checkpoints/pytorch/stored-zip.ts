import { crc32 } from "node:zlib";

/** Why an archive cannot be read. */
export class ArchiveFault extends Error {}

/** The members of an archive, by name. */
export type Archive = ReadonlyMap<string, () => Uint8Array>;

const END = 0x06054b50;
const END_BYTES = 22;
const MOST_COMMENT = 0xffff;
const LOCATOR_64 = 0x07064b50;
const END_64 = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const UNKNOWN = 0xffffffff;

/**
 * Opens a zip archive whose members are stored as they are, as PyTorch writes it: nothing is
 * decompressed, so that no file grows when it is read. Every size is checked against the file, a
 * member's CRC-32 when it is read. Throws ArchiveFault.
 */
export function openStoredZip(bytes: Uint8Array): Archive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, end } = directoryOf(view);
  const members = new Map<string, () => Uint8Array>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY)
      throw new ArchiveFault("its directory is damaged");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const crc = view.getUint32(at + 16, true);
    const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    ) as [number, number, number];
    const next = at + 46 + nameBytes + extraBytes + noteBytes;
    if (next > end) throw new ArchiveFault("its directory is damaged");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes));
    const [packed, size, offset] = widened(view, at, at + 46 + nameBytes, extraBytes);
    if ((flags & 1) !== 0) throw new ArchiveFault(`its member ${name} is encrypted`);
    if (method !== 0 || packed !== size)
      throw new ArchiveFault(`its member ${name} is compressed, which PyTorch never does`);
    if (members.has(name)) throw new ArchiveFault(`it holds ${name} twice`);
    const data = dataStart(view, name, offset);
    if (data + size > start)
      throw new ArchiveFault(
        `its member ${name} of ${size} bytes ends beyond the data; is the file cut off?`,
      );
    members.set(name, () => {
      const content = bytes.subarray(data, data + size);
      if (crc32(content) !== crc)
        throw new ArchiveFault(
          `its member ${name} does not match its checksum; the file is damaged`,
        );
      return content;
    });
    at = next;
  }
  return members;
}

/** The number of entries of the directory, and where it begins and ends. */
function directoryOf(view: DataView): { count: number; start: number; end: number } {
  const lowest = Math.max(0, view.byteLength - END_BYTES - MOST_COMMENT);
  let at = view.byteLength - END_BYTES;
  while (at >= lowest && view.getUint32(at, true) !== END) at--;
  if (at < lowest) throw new ArchiveFault("it has no directory; is the file cut off?");
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let start = view.getUint32(at + 16, true);
  const locator = at - 20;
  if (locator >= 0 && view.getUint32(locator, true) === LOCATOR_64) {
    const large = number64(view, locator + 8);
    if (large + 56 > locator || view.getUint32(large, true) !== END_64)
      throw new ArchiveFault("its directory is damaged");
    count = number64(view, large + 32);
    size = number64(view, large + 40);
    start = number64(view, large + 48);
  }
  if (start + size > at) throw new ArchiveFault("its directory ends beyond the file");
  return { count, start, end: start + size };
}

/** Sizes and offset of an entry; those of 64 bits stand in its extra field. */
function widened(
  view: DataView,
  at: number,
  extra: number,
  extraBytes: number,
): [number, number, number] {
  const [packed, size, offset] = [20, 24, 42].map((field) => view.getUint32(at + field, true)) as [
    number,
    number,
    number,
  ];
  const wide: number[] = [];
  for (let i = extra; i + 4 <= extra + extraBytes; ) {
    const [id, length] = [view.getUint16(i, true), view.getUint16(i + 2, true)];
    if (id === 1)
      for (let j = i + 4; j + 8 <= Math.min(i + 4 + length, extra + extraBytes); j += 8)
        wide.push(number64(view, j));
    i += 4 + length;
  }
  // Only the fields that do not fit are there, in this order.
  const take = (value: number) => (value === UNKNOWN && wide.length > 0 ? wide.shift()! : value);
  const whole = take(size);
  return [take(packed), whole, take(offset)];
}

function dataStart(view: DataView, name: string, offset: number): number {
  if (offset + 30 > view.byteLength || view.getUint32(offset, true) !== LOCAL)
    throw new ArchiveFault(`its member ${name} begins nowhere`);
  return offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
}

function number64(view: DataView, at: number): number {
  const value = at + 8 <= view.byteLength ? view.getBigUint64(at, true) : -1n;
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ArchiveFault("a size in its directory is beyond any file");
  return Number(value);
}
