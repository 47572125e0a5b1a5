import type { TokenTable } from "@winnow/encoder";
import {
  bytesOf,
  type FileHeader,
  headerBytes,
  headerOf,
  readHeader,
} from "../../run-files/file-header.js";
import type { ShardInfo } from "./token-shards.js";

/** A dataset's texts as tokens, and the vocabulary's pieces in id order. */
export interface TokenisedTexts {
  readonly tokens: TokenTable;
  readonly vocabulary: readonly string[];
}

interface TokenHeader extends FileHeader {
  readonly format: "winnow-tokens-1";
  readonly ids: number;
  readonly idBytes: 2 | 4;
  readonly vocabulary: readonly string[];
}

/** What is known of tokens that lie in shards, and the vocabulary's pieces. */
export interface TokenIndex {
  readonly shards: readonly ShardInfo[];
  readonly vocabulary: readonly string[];
}

interface IndexHeader extends FileHeader, TokenIndex {
  readonly format: "winnow-shards-1";
}

interface GroupHeader extends FileHeader {
  readonly format: "winnow-groups-1";
}

interface FoldsHeader extends FileHeader {
  readonly format: "winnow-folds-1";
}

/** Tokens and vocabulary as a file's content. */
export function encodeTokens({ tokens, vocabulary }: TokenisedTexts): Uint8Array[] {
  const { ids, offsets } = tokens;
  const header: TokenHeader = {
    ...headerOf("winnow-tokens-1", offsets.length - 1),
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

/** The index of `texts` texts in shards, as a file's content. */
export function encodeIndex(index: TokenIndex, texts: number): Uint8Array[] {
  const header: IndexHeader = { ...headerOf("winnow-shards-1", texts), ...index };
  return [headerBytes(header)];
}

/** The index from a file's content; null if it holds something else, or other shards. */
export function decodeIndex(
  content: Uint8Array<ArrayBuffer>,
  texts: number,
  shards: number,
): TokenIndex | null {
  const head = readHeader<IndexHeader>(content, "winnow-shards-1", texts);
  return head && head.header.shards.length === shards ? head.header : null;
}

/** Each text's fold, (n), as a file's content. */
export function encodeFolds(folds: Uint8Array): Uint8Array[] {
  const header: FoldsHeader = headerOf("winnow-folds-1", folds.length);
  return [headerBytes(header), folds];
}

/** The folds of `texts` texts from a file's content; null if it holds something else. */
export function decodeFolds(content: Uint8Array<ArrayBuffer>, texts: number): Uint8Array | null {
  const head = readHeader<FoldsHeader>(content, "winnow-folds-1", texts);
  if (!head || content.byteLength !== head.dataAt + texts) return null;
  return content.subarray(head.dataAt);
}

/** Each text's group, (n), as a file's content. */
export function encodeGroups(groups: Int32Array): Uint8Array[] {
  const header: GroupHeader = headerOf("winnow-groups-1", groups.length);
  return [headerBytes(header), bytesOf(groups)];
}

/** The groups of `texts` texts from a file's content; null if it holds something else. */
export function decodeGroups(content: Uint8Array<ArrayBuffer>, texts: number): Int32Array | null {
  const head = readHeader<GroupHeader>(content, "winnow-groups-1", texts);
  if (!head || content.byteLength !== head.dataAt + 4 * texts) return null;
  return new Int32Array(content.buffer, content.byteOffset + head.dataAt, texts);
}
