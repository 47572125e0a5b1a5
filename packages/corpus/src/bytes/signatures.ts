import { CorpusError } from "../errors.js";
import { ARROW_STREAM, PICKLE, SIGNATURES } from "./signature-table.js";

/** How many bytes of a file its kind is told from; tar has its signature at byte 257. */
export const SIGNATURE_BYTES = 512;

const OLE = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/**
 * Refuses a file whose first bytes (`SIGNATURE_BYTES` of them) show that it is of a kind that is
 * not read here: CorpusError "unsupported-file" names the kind and what to do.
 */
export function refuseUnsupported(head: Uint8Array): void {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const text = bytes.toString("latin1");
  const found = SIGNATURES.find(
    ({ magic, at = 0, needsNul }) => text.startsWith(magic, at) && (!needsNul || bytes.includes(0)),
  );
  if (found) throw unsupported(found.name, found.advice);
  if (text.startsWith(OLE)) {
    throw unsupported(
      "an old Office file (.xls), or an xlsx with a password",
      "Save it as xlsx without a password, or as csv (UTF-8).",
    );
  }
  if (isPickle(bytes)) throw unsupported(PICKLE.name, PICKLE.advice);
  if (isArrowStream(bytes)) throw unsupported(ARROW_STREAM.name, ARROW_STREAM.advice);
}

/** CorpusError "unsupported-file" for a file that is `name`. */
export function unsupported(name: string, advice: string): CorpusError {
  return new CorpusError("unsupported-file", `The file is ${name}. It cannot be read. ${advice}`);
}

/** Protocols 2 to 5 begin with their number; 4 and 5 go on with a frame. */
function isPickle(head: Buffer): boolean {
  const [first, protocol = 0, opcode = 0] = head;
  if (first !== 0x80 || protocol < 2 || protocol > 5) return false;
  return protocol >= 4 ? opcode === 0x95 : "]}(cUX".includes(String.fromCharCode(opcode));
}

/** A message begins with four bytes 0xff and the length of its metadata, a multiple of 8. */
function isArrowStream(head: Buffer): boolean {
  if (head.length < 16 || head.readUInt32LE(0) !== 0xffffffff) return false;
  const length = head.readUInt32LE(4);
  return length > 0 && length % 8 === 0 && length < 2 ** 24;
}
