import { endianness } from "node:os";
import type { TokenTable } from "@winnow/encoder";

// The content of the cached files: four bytes with the length of a JSON header, the header padded to
// a multiple of 8, then typed arrays in the machine's byte order, which the header names.

/** A dataset's texts as tokens, and the vocabulary's pieces in id order. */
export interface TokenisedTexts {
  readonly tokens: TokenTable;
  readonly vocabulary: readonly string[];
}

interface TokenHeader {
  readonly format: "winnow-tokens-1";
  readonly order: string;
  readonly texts: number;
  readonly ids: number;
  readonly idBytes: 2 | 4;
  readonly vocabulary: readonly string[];
}

interface GroupHeader {
  readonly format: "winnow-groups-1";
  readonly order: string;
  readonly texts: number;
}

/** Tokens and vocabulary as a file's content. */
export function encodeTokens({ tokens, vocabulary }: TokenisedTexts): Uint8Array[] {
  const { ids, offsets } = tokens;
  const header: TokenHeader = {
    format: "winnow-tokens-1",
    order: endianness(),
    texts: offsets.length - 1,
    ids: ids.length,
    idBytes: ids instanceof Uint16Array ? 2 : 4,
    vocabulary,
  };
  return [headerBytes(header), bytesOf(offsets), bytesOf(ids)];
}

/** The tokens of `texts` texts from a file's content; null if it holds something else. */
export function decodeTokens(
  content: Uint8Array<ArrayBuffer>,
  texts: number,
): TokenisedTexts | null {
  const head = readHeader<TokenHeader>(content, "winnow-tokens-1", texts);
  if (!head) return null;
  const { ids, idBytes, vocabulary } = head.header;
  const idsAt = head.dataAt + 4 * (texts + 1);
  if (content.byteLength !== idsAt + ids * idBytes) return null;
  const at = (offset: number) => content.byteOffset + offset;
  const Ids = idBytes === 2 ? Uint16Array : Int32Array;
  const tokens = {
    offsets: new Int32Array(content.buffer, at(head.dataAt), texts + 1),
    ids: new Ids(content.buffer, at(idsAt), ids),
  };
  return { tokens, vocabulary };
}

/** Each text's group, (n), as a file's content. */
export function encodeGroups(groups: Int32Array): Uint8Array[] {
  const header: GroupHeader = {
    format: "winnow-groups-1",
    order: endianness(),
    texts: groups.length,
  };
  return [headerBytes(header), bytesOf(groups)];
}

/** The groups of `texts` texts from a file's content; null if it holds something else. */
export function decodeGroups(content: Uint8Array<ArrayBuffer>, texts: number): Int32Array | null {
  const head = readHeader<GroupHeader>(content, "winnow-groups-1", texts);
  if (!head || content.byteLength !== head.dataAt + 4 * texts) return null;
  return new Int32Array(content.buffer, content.byteOffset + head.dataAt, texts);
}

function headerBytes(header: TokenHeader | GroupHeader): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.alloc(Math.ceil((4 + json.length) / 8) * 8, " ");
  bytes.writeUInt32LE(json.length, 0);
  json.copy(bytes, 4);
  return bytes;
}

function readHeader<H extends TokenHeader | GroupHeader>(
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

const bytesOf = (array: Int32Array | Uint16Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
