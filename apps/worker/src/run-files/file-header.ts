import { endianness } from "node:os";

// The content of a shared file: four bytes with the length of a JSON header, the header padded to a
// multiple of 8, then typed arrays in the machine's byte order, which the header names.

/** What every header says. */
export interface FileHeader {
  readonly format: string;
  readonly order: string;
  readonly texts: number;
}

/** The header of a file about so many texts. */
export const headerOf = <F extends string>(format: F, texts: number) => ({
  format,
  order: endianness(),
  texts,
});

export function headerBytes(header: FileHeader): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.alloc(Math.ceil((4 + json.length) / 8) * 8, " ");
  bytes.writeUInt32LE(json.length, 0);
  json.copy(bytes, 4);
  return bytes;
}

/** The header, and where the arrays begin; null for a file of another format, machine or dataset. */
export function readHeader<H extends FileHeader>(
  content: Uint8Array<ArrayBuffer>,
  format: H["format"],
  texts: number,
): { header: H; dataAt: number } | null {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const length = buffer.length < 4 ? Number.NaN : buffer.readUInt32LE(0);
  if (!(4 + length <= buffer.length)) return null;
  const header = JSON.parse(buffer.toString("utf8", 4, 4 + length)) as H;
  if (header.format !== format || header.order !== endianness() || header.texts !== texts) {
    return null;
  }
  return { header, dataAt: Math.ceil((4 + length) / 8) * 8 };
}

export const bytesOf = (array: NodeJS.TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
