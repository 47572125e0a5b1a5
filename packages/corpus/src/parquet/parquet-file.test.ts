import { expect, it } from "vitest";
import { ParquetFile } from "./parquet-file.js";

it("a file that claims a huge footer is refused before the footer is read", async () => {
  const byteLength = 3 * 2 ** 30;
  const asked: number[] = [];
  const end = Buffer.from("....PAR1");
  end.writeUInt32LE(2 ** 31);
  const file = {
    byteLength,
    slice(start: number, stop = byteLength) {
      asked.push(stop - start);
      const bytes = new Uint8Array(stop - start);
      bytes.set(end, bytes.length - end.length);
      return bytes.buffer;
    },
  };
  await expect(ParquetFile.open(file)).rejects.toMatchObject({
    code: "bad-parquet",
    message: expect.stringContaining(`a footer of ${2 ** 31} bytes`),
  });
  expect(Math.max(...asked)).toBeLessThan(2 ** 20);
});
