import { NpyError } from "../errors.js";
import { decodeStrings, decodeWholeNumbers } from "./decode.js";
import { type Chunks, readNpy } from "./stream.js";

/** No list of names comes near; one that does is another file. */
const MOST_BYTES = 16 << 20;

/**
 * A list of names from a file: npy (n) of unicode strings or whole numbers, a JSON array of strings or
 * whole numbers, or text with one name a line. Names are kept exactly. Throws `bad-names`.
 */
export async function readNames(source: Chunks): Promise<string[]> {
  const bytes = await allBytes(source);
  const names = bytes[0] === 0x93 ? await ofNpy(bytes) : ofText(textOf(bytes));
  if (names.length === 0) throw bad("the file holds no names");
  return names;
}

async function ofNpy(bytes: Uint8Array): Promise<string[]> {
  const { header, blocks } = await readNpy([bytes]);
  if (header.shape.length !== 1) {
    throw bad(`names have one dimension; the shape is (${header.shape.join(", ")})`);
  }
  const names: string[] = [];
  for await (const block of blocks()) {
    const part =
      header.dtype === "str"
        ? decodeStrings(header, block.bytes)
        : decodeWholeNumbers(header, block.bytes);
    for (const name of part) names.push(String(name));
  }
  return names;
}

function ofText(text: string): string[] {
  const json = text.trimStart().startsWith("[") ? jsonOf(text) : undefined;
  if (json !== undefined) return json.map(nameOf);
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  const empty = lines.indexOf("");
  if (empty >= 0) throw bad(`line ${empty + 1} is empty; each line is a name`);
  return lines;
}

/** A name may begin with a bracket too: then the text is no JSON. */
function jsonOf(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function nameOf(value: unknown, index: number): string {
  if (typeof value === "string" && value !== "") return value;
  if (Number.isSafeInteger(value)) return String(value);
  throw bad(`item ${index} of the JSON array is not a name: write it as a string`);
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw bad("the file is neither npy nor UTF-8 text");
  }
}

async function allBytes(source: Chunks): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > MOST_BYTES) throw bad(`the file is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

const bad = (what: string): NpyError => new NpyError("bad-names", `names: ${what}`);
