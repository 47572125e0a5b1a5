import { Buffer, isUtf8 } from "node:buffer";
import { analyse } from "chardet";
import { decodeText } from "../bytes/decoding.js";
import { plausibility } from "./plausible-text.js";

/** An encoding that the bytes can have, by its WHATWG name. */
export interface EncodingGuess {
  encoding: string;
  /** From 0 to 1. */
  confidence: number;
}

/** Encodings tried on every file; the detector adds others. */
const ALWAYS_TRIED = [
  "gb18030",
  "big5",
  "shift_jis",
  "euc-kr",
  "euc-jp",
  "windows-1252",
  "windows-1251",
  "koi8-r",
  "macintosh",
  "ibm850",
  "ibm866",
];

/** The detector's names that the WHATWG standard reads as a larger encoding, or spells otherwise. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "iso-8859-1": "windows-1252",
  "iso-8859-9": "windows-1254",
};

const UNKNOWN_TO_DETECTOR = new Set(["macintosh", "ibm850"]);

/** Western files outnumber those of the other single-byte encodings by far. */
const WESTERN_PRIOR = 0.08;

/** A text of this plausibility is one; below it the best guess is doubtful, too. */
const PLAUSIBLE = 0.6;

/** Enough for letter frequencies; more bytes only take longer. */
const TELLING_BYTES = 64 * 1024;

/**
 * What encoding the bytes of a text have, best guess first. The lines that are not UTF-8 decide:
 * a detector judges them by frequent letter groups, and each encoding it names, or that we read, by
 * the letters it makes of them. A few broken lines among many of UTF-8 stay UTF-8.
 */
export function guessEncoding(bytes: Buffer): EncodingGuess[] {
  const wide = guessUtf16(bytes);
  if (wide) return [wide];
  const lines = linesOf(bytes);
  const telling = lines.filter((line) => line.some((byte) => byte > 0x7f));
  const odd = telling.filter((line) => !isUtf8(line));
  if (odd.length === 0) return [{ encoding: "utf-8", confidence: 1 }];
  const share = odd.length / telling.length;
  if (share <= 0.5) return [{ encoding: "utf-8", confidence: 1 - share / 2 }];
  return best(joined(odd));
}

function best(bytes: Buffer): EncodingGuess[] {
  const votes = votesOf(bytes);
  const byText = new Map<string, { encoding: string; score: number }>();
  for (const encoding of new Set([...ALWAYS_TRIED, ...votes.keys()])) {
    const text = decodeText(bytes, encoding);
    // The detector does not know some: they share the vote of the one it takes them for.
    const judged = UNKNOWN_TO_DETECTOR.has(encoding) ? "windows-1252" : encoding;
    const score = scoreOf(text, encoding, votes.get(judged) ?? 0);
    // Encodings that read these bytes alike are one guess, by the name of the first.
    const same = byText.get(text);
    if (same) same.score = Math.max(same.score, score);
    else byText.set(text, { encoding, score });
  }
  const guesses = [...byText.values()].sort((a, b) => b.score - a.score);
  const [first, second] = guesses;
  if (!first || first.score < 0.2) return [{ encoding: "utf-8", confidence: 0.1 }];
  // The lead over the next one counts more than the score, which short texts keep low.
  const lead = (first.score - (second?.score ?? 0)) / first.score;
  const odd = bytes.filter((byte) => byte > 0x7f).length;
  const plausible = plausibleShare(decodeText(bytes, first.encoding));
  const sure =
    Math.min(1, 0.6 + 1.5 * lead) * Math.min(1, plausible / PLAUSIBLE) * (odd / (odd + 0.3));
  return guesses
    .filter(({ score }) => score >= first.score * 0.6)
    .slice(0, 4)
    .map(({ encoding, score }, i) => ({
      encoding,
      confidence: i === 0 ? sure : 0.5 * (score / first.score),
    }));
}

/** By its mark, or by NULs: in UTF-16 at least delimiters and line ends have one. */
function guessUtf16(bytes: Buffer): EncodingGuess | null {
  if (bytes.length < 2) return null;
  const mark = bytes.readUInt16BE(0);
  if (mark === 0xfffe) return { encoding: "utf-16le", confidence: 1 };
  if (mark === 0xfeff) return { encoding: "utf-16be", confidence: 1 };
  const looked = bytes.subarray(0, Math.min(bytes.length, TELLING_BYTES) & ~1);
  const nuls = looked.filter((byte) => byte === 0).length;
  if (nuls < looked.length * 0.02) return null;
  const guesses = ["utf-16le", "utf-16be"].map((encoding) => {
    const text = decodeText(looked, encoding);
    return { encoding, plausible: text.includes("\0") ? 0 : (plausibility(text) ?? 1) };
  });
  const { encoding, plausible } = guesses.reduce((a, b) => (b.plausible > a.plausible ? b : a));
  return plausible < 0.5 ? null : { encoding, confidence: 0.9 };
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function joined(lines: readonly Buffer[]): Buffer {
  const newline = Buffer.from("\n");
  return Buffer.concat(lines.flatMap((line) => [line, newline])).subarray(0, TELLING_BYTES);
}

/** The detector's confidence by encoding, from 0 to 1, of those that can be decoded here. */
function votesOf(bytes: Buffer): Map<string, number> {
  const votes = new Map<string, number>();
  for (const { name, confidence } of analyse(bytes)) {
    const known = name.toLowerCase();
    const encoding = SPELLINGS[known] ?? known;
    if (confidence < 20 || encoding === "ascii" || encoding.startsWith("utf-")) continue;
    if (!canDecode(encoding)) continue;
    votes.set(encoding, Math.max(votes.get(encoding) ?? 0, confidence / 100));
  }
  return votes;
}

function canDecode(encoding: string): boolean {
  try {
    return new TextDecoder(encoding).encoding === encoding;
  } catch {
    return false;
  }
}

function scoreOf(text: string, encoding: string, vote: number): number {
  const prior = encoding === "windows-1252" ? WESTERN_PRIOR : 0;
  return 0.35 * vote + 0.65 * plausibleShare(text) + prior;
}

/** The plausibility of a decoded text; each tenth line that does not decode halves it. */
function plausibleShare(text: string): number {
  const lines = text.split("\n");
  const broken = lines.filter((line) => line.includes("\ufffd")).length / lines.length;
  return (plausibility(text) ?? 0) * 0.5 ** (broken * 10);
}
