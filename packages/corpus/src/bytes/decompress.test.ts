import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../options/limits.js";
import { decompress } from "./decompress.js";

async function unpacked(file: Uint8Array, limits = {}, chunkBytes = 7): Promise<string> {
  async function* chunks() {
    for (let at = 0; at < file.length; at += chunkBytes) yield file.subarray(at, at + chunkBytes);
  }
  const parts: Uint8Array[] = [];
  for await (const part of decompress(chunks(), { ...DEFAULT_LIMITS, ...limits })) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function* wholly(file: Uint8Array) {
  yield file;
}

/** Three lines, compressed by the zstd command. */
const zstdFixture = Buffer.from(
  "KLUv/QRoaQEAdGV4dCxsYWJlbApzbWFsbCB6c3RkIGZpeHR1cmUsYQpzZWNvbmQgcm93LGIK+nx+uQ==",
  "base64",
);
const ZSTD_TEXT = "text,label\nsmall zstd fixture,a\nsecond row,b\n";

/** A zstd frame that says "128 KiB of one byte" a thousand times in 4 bytes each. */
function zstdBomb(blocks: number): Uint8Array {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  const size = 128 * 1024;
  const block = (last: number) => {
    const head = (size << 3) | (1 << 1) | last;
    return Buffer.from([head & 255, (head >> 8) & 255, (head >> 16) & 255, 0x61]);
  };
  return Buffer.concat([header, ...Array.from({ length: blocks }, () => block(0)), block(1)]);
}

describe("decompress", () => {
  it("leaves plain bytes as they are, and decompresses gzip and zstd, also in several members", async () => {
    expect(await unpacked(Buffer.from("plain"))).toBe("plain");
    expect(await unpacked(Buffer.from("abc"))).toBe("abc");
    expect(await unpacked(gzipSync("packed"))).toBe("packed");
    expect(await unpacked(Buffer.concat([gzipSync("one,"), gzipSync("two")]))).toBe("one,two");
    expect(await unpacked(zstdFixture, {}, 1)).toBe(ZSTD_TEXT);
    expect(await unpacked(Buffer.concat([zstdFixture, zstdFixture]))).toBe(ZSTD_TEXT + ZSTD_TEXT);
  });

  it("says so when the data is cut off or damaged", async () => {
    const gzip = gzipSync("some text that is long enough to be cut");
    await expect(unpacked(gzip.subarray(0, -9))).rejects.toMatchObject({ code: "bad-gzip" });
    gzip[15] = (gzip[15] ?? 0) ^ 0xff;
    await expect(unpacked(gzip)).rejects.toMatchObject({ code: "bad-gzip" });
    await expect(unpacked(zstdFixture.subarray(0, 30))).rejects.toMatchObject({ code: "bad-zstd" });
  });

  it("refuses a zstd window of more than 32 MiB before it is allocated, in any frame", async () => {
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frame = (...header: number[]) =>
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header, ...new Array(20).fill(0)]);
    const windowOf2GiB = frame(0x00, 0xa8);
    const contentOf1GiB = frame(0xa0, 0x00, 0x00, 0x00, 0x40);
    for (const large of [windowOf2GiB, contentOf1GiB]) {
      for (const before of [[], [zstdFixture], [zstdFixture, skippable]]) {
        for (const chunkBytes of [1, 7, 4096]) {
          const file = Buffer.concat([...before, large]);
          await expect(unpacked(file, {}, chunkBytes)).rejects.toMatchObject({
            code: "too-large-decompressed",
            details: { limit: 32 * 2 ** 20 },
          });
        }
      }
    }
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(256e6);
  });

  it("stops a decompression bomb at the limits", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, "a"));
    await expect(unpacked(bomb, {}, 65_536)).rejects.toMatchObject({
      code: "too-large-decompressed",
      details: { limit: DEFAULT_LIMITS.maxCompressionRatio },
    });
    let bytes = 0;
    const counting = async () => {
      for await (const part of decompress(wholly(bomb), DEFAULT_LIMITS)) bytes += part.length;
    };
    await expect(counting()).rejects.toMatchObject({ code: "too-large-decompressed" });
    expect(bytes).toBe(0);
    await expect(unpacked(bomb, { maxDecompressedBytes: 1000 })).rejects.toMatchObject({
      code: "too-large-decompressed",
      details: { limit: 1000 },
    });
    await expect(unpacked(zstdBomb(1000), {}, 65_536)).rejects.toMatchObject({
      code: "too-large-decompressed",
    });
  });

  it("returns a whole file that passes the first check, and stops one that becomes a bomb later", async () => {
    const text = Array.from({ length: 200_000 }, (_, i) => `row ${(i * 7919) % 200_003},a\n`).join(
      "",
    );
    expect(text.length).toBeGreaterThan(2 * 2 ** 20);
    expect(await unpacked(gzipSync(text), {}, 4096)).toBe(text);
    const bomb = gzipSync(text + "a".repeat(32 * 2 ** 20), { level: 1 });
    let bytes = 0;
    const counting = async () => {
      for await (const part of decompress(wholly(bomb), {
        ...DEFAULT_LIMITS,
        maxCompressionRatio: 20,
      })) {
        bytes += part.length;
      }
    };
    await expect(counting()).rejects.toMatchObject({ code: "too-large-decompressed" });
    expect(bytes).toBeGreaterThan(text.length);
  });

  it("passes on an error of the source, and closes the source when the reader stops early", async () => {
    async function* failing() {
      yield gzipSync("x".repeat(1000)).subarray(0, 15);
      throw new Error("the disk went away");
    }
    const reading = decompress(failing(), DEFAULT_LIMITS);
    await expect(reading.next()).rejects.toThrow("the disk went away");
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.from("bytes");
      } finally {
        closed = true;
      }
    }
    for await (const _ of decompress(endless(), DEFAULT_LIMITS)) break;
    expect(closed).toBe(true);
  });
});
