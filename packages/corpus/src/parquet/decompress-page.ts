import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { PageHeader } from "hyparquet";
import { decompressPage as unpack } from "hyparquet/src/datapage.js";
import { compressors } from "hyparquet-compressors";
import { unzstdWhole } from "../bytes/decompress.js";

type Codec = Parameters<typeof unpack>[2];

/** Decoders of the platform, which stop at the length that the header claims. */
const BOUNDED: typeof compressors = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: unzstdWhole,
};

/**
 * A page, unpacked, and its header as that of a page that was never packed. In version 2 the levels before
 * the values are never packed.
 */
export function unpackedPage(
  packed: Uint8Array,
  header: PageHeader,
  codec: Codec,
): { page: Uint8Array; header: PageHeader } {
  const v2 = header.data_page_header_v2;
  const length = Number(header.uncompressed_page_size);
  const plain = (page: Uint8Array) => ({
    page,
    header: {
      ...header,
      compressed_page_size: page.length,
      uncompressed_page_size: page.length,
      ...(v2 ? { data_page_header_v2: { ...v2, is_compressed: false } } : {}),
    },
  });
  if (!v2) return plain(unpack(packed, length, codec, BOUNDED));
  const levels = v2.repetition_levels_byte_length + v2.definition_levels_byte_length;
  if (!(levels >= 0 && levels <= packed.length && levels <= length)) {
    throw new Error(`levels of ${levels} bytes in a page of ${packed.length}`);
  }
  if (v2.is_compressed === false || codec === "UNCOMPRESSED") return plain(packed);
  const values = unpack(packed.subarray(levels), length - levels, codec, BOUNDED);
  const page = new Uint8Array(levels + values.length);
  page.set(packed.subarray(0, levels));
  page.set(values, levels);
  return plain(page);
}
