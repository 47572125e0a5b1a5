import { TextDecoder } from "node:util";
import { SaxesParser } from "saxes";
import { badXlsx } from "./faults.js";

/** What is taken of an XML part; names come without their namespace prefix. */
export interface XmlVisitor {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** An element or text that is longer than this is no cell. */
const MAX_SILENT_BYTES = 16 * 1024 * 1024;

/**
 * Reads an XML part in pieces, and yields after each. Entities but the five of XML are refused, so that
 * none can expand. Throws CorpusError "bad-xlsx".
 */
export async function* readXml(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
  visitor: XmlVisitor,
): AsyncGenerator<void> {
  const parser = new SaxesParser();
  let silent = 0;
  const heard = () => {
    silent = 0;
  };
  parser.on("error", (error) => {
    throw badXlsx(`${part} is no valid XML: ${error.message}`);
  });
  parser.on("opentag", ({ name, attributes }) => {
    heard();
    visitor.open(localName(name), attributes);
  });
  parser.on("closetag", ({ name }) => {
    heard();
    visitor.close?.(localName(name));
  });
  const onText = (text: string) => {
    heard();
    visitor.text?.(text);
  };
  parser.on("text", onText);
  parser.on("cdata", onText);
  let decoder: TextDecoder | null = null;
  for await (const chunk of bytes) {
    decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
    silent += chunk.length;
    if (silent > MAX_SILENT_BYTES) throw badXlsx(`${part} has a value of more than 16 MiB`);
    parser.write(decoded(decoder, part, chunk));
    yield;
  }
  parser.write(decoder?.decode() ?? "").close();
}

function decoded(decoder: TextDecoder, part: string, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw badXlsx(`${part} does not decode`);
  }
}

/** XML is UTF-8 or begins with the byte order mark of UTF-16. */
function encodingOf([first, second]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

const localName = (name: string) => name.slice(name.indexOf(":") + 1);
