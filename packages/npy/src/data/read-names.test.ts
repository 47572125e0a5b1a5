import { expect, it } from "vitest";
import { npyHeader, readNames } from "../index.js";

const text = (content: string) => [Buffer.from(content)];

/** A file of the type `descr`: the header of a float array, changed. */
function npy(descr: string, shape: string, data: NodeJS.TypedArray): Uint8Array[] {
  const header = Buffer.from(npyHeader({ dtype: "float32", shape: [7] })).toString("latin1");
  const changed = header.replace("<f4", descr).replace("(7,)", shape).slice(0, 127);
  return [Buffer.from(`${changed}\n`, "latin1"), new Uint8Array(data.buffer)];
}

it.each([
  ["a name a line", "b\na\n中 文"],
  ["with a last line end", "b\na\n中 文\n"],
  ["with CRLF and a byte order mark", "\ufeffb\r\na\r\n中 文\r\n"],
  ["with CR alone", "b\ra\r中 文"],
  ["a JSON array", ' ["b", "a", "中 文"]\n'],
])("names are read from %s", async (_, content) => {
  expect(await readNames(text(content))).toEqual(["b", "a", "中 文"]);
});

it("blanks and brackets of a name stay; numbers of a JSON array are names", async () => {
  expect(await readNames(text(" a \n[b]"))).toEqual([" a ", "[b]"]);
  expect(await readNames(text("[b] first\nc"))).toEqual(["[b] first", "c"]);
  expect(await readNames(text("[3, -1, 20]"))).toEqual(["3", "-1", "20"]);
});

it("numpy's strings and whole numbers are names, 64-bit ones with every digit", async () => {
  const strings = npy("<U2", "(2,)", Uint32Array.from([97, 0, 0x4e2d, 0x6587]));
  expect(await readNames(strings)).toEqual(["a", "中文"]);
  const numbers = npy("<i8", "(2,)", BigInt64Array.from([6552368441838272771n, -1n]));
  expect(await readNames(numbers)).toEqual(["6552368441838272771", "-1"]);
});

it.each([
  ["nothing", text(""), "bad-names"],
  ["an empty line", text("a\n\nb"), "bad-names"],
  ["a fraction", text("[1.5]"), "bad-names"],
  ["a number that JSON cannot hold", text("[6552368441838272771]"), "bad-names"],
  ["bytes that are no text", [Uint8Array.of(0xff, 0xfe, 0x61, 0)], "bad-names"],
  ["a matrix", npy("<U1", "(1, 2)", Uint32Array.from([97, 98])), "bad-names"],
  ["floats", npy("<f4", "(1,)", Float32Array.from([1])), "wrong-dtype"],
])("%s is refused", async (_, source, code) => {
  await expect(readNames(source)).rejects.toMatchObject({ code });
});
