import type { Evidence } from "@winnow/contracts";
import { placesOf, type Range, readableText, wordsOf } from "./ngram-places.js";

type Part = Evidence["given"][number];

/** N-grams that share letters of the text, and what they add together. */
export interface EvidenceGroup {
  /** The stretch of the text that they cover, as people read it. */
  readonly text: string;
  readonly weight: number;
  /** Those that it is made of, the heaviest first, as people read them. */
  readonly parts: readonly { readonly text: string; readonly weight: number }[];
}

const CONTINUOUS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const LETTER = /[\p{L}\p{N}_]/u;
/** Stretches that are looked at for what is shown. */
const MOST_STRETCHES = 50;

/**
 * The evidence of one label by stretches of the text, the heaviest first. A model that reads characters
 * names a word several times, by pieces that overlap; people look for the word. Weights add up, so those
 * of the pieces are the word's.
 */
export function groupsOf(text: string, parts: readonly Part[]): readonly EvidenceGroup[] {
  const lower = readableText(text);
  const words = lower === null ? [] : wordsOf(lower);
  let groups: Found[] = [];
  for (const part of parts) {
    const found: Found = {
      parts: [part],
      ranges: lower === null ? [] : apart(placesOf(lower, words, part.ngram)),
    };
    const [near, others] = split(groups, (group) => overlaps(group.ranges, found.ranges));
    groups = [...others, [...near, found].reduce(joined)];
  }
  return groups
    .map(({ parts: own, ranges }) => ({
      text: own.length === 1 ? spokenNgram(text, own[0]!.ngram) : spokenRanges(text, ranges),
      weight: own.reduce((sum, { weight }) => sum + weight, 0),
      parts: heaviestFirst(own).map(({ ngram, weight }) => ({
        text: spokenNgram(text, ngram),
        weight,
      })),
    }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

interface Found {
  readonly parts: readonly Part[];
  /** Where they stand, in the text's order, apart from each other. */
  readonly ranges: readonly Range[];
}

/** In one walk along both: a text may have a letter ten thousand times. */
function overlaps(some: readonly Range[], others: readonly Range[]): boolean {
  let [i, j] = [0, 0];
  while (i < some.length && j < others.length) {
    const [a, b] = [some[i]!, others[j]!];
    if (a.from < b.to && b.from < a.to) return true;
    if (a.to <= b.to) i += 1;
    else j += 1;
  }
  return false;
}

const joined = (a: Found, b: Found): Found => ({
  parts: [...a.parts, ...b.parts],
  ranges: apart([...a.ranges, ...b.ranges]),
});

/** The same letters in stretches that share none. */
function apart(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && from < last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    } else result.push({ from, to });
  }
  return result;
}

function split<T>(items: readonly T[], is: (item: T) => boolean): [T[], T[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}

const heaviestFirst = (parts: readonly Part[]): Part[] =>
  [...parts].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));

/** Each stretch once, without those that stand in a longer one. */
function spokenRanges(text: string, ranges: readonly Range[]): string {
  const lettersOf = (spoken: string) => spoken.replaceAll("…", "").toLowerCase();
  const kept: string[] = [];
  const longestFirst = ranges.toSorted((a, b) => b.to - b.from - (a.to - a.from));
  for (const range of longestFirst.slice(0, MOST_STRETCHES)) {
    const spoken = spokenRange(text, range);
    if (!kept.some((one) => lettersOf(one).includes(lettersOf(spoken)))) kept.push(spoken);
  }
  return kept.join(" · ");
}

/** With dots where the word goes on. */
function spokenRange(text: string, { from, to }: Range): string {
  const goesOn = (inner: string, outer: string | undefined) =>
    !CONTINUOUS.test(text) && LETTER.test(inner) && LETTER.test(outer ?? " ");
  const [first, last] = [text[from] ?? "", text[to - 1] ?? ""];
  return [
    goesOn(first, text[from - 1]) ? "…" : "",
    text.slice(from, to),
    goesOn(last, text[to]) ? "…" : "",
  ].join("");
}

/** An n-gram as people read it: words as they are, pieces of words with dots where they go on. */
export function spokenNgram(text: string, ngram: string): string {
  const inside = ngram.trim();
  if (inside === "") return "␣";
  const lower = text.toLowerCase();
  const isWord =
    ngram === inside && wordsOf(lower).some(({ from, to }) => lower.slice(from, to) === inside);
  if (CONTINUOUS.test(text) || isWord || inside.includes(" ")) return inside;
  return `${ngram.startsWith(" ") ? "" : "…"}${inside}${ngram.endsWith(" ") ? "" : "…"}`;
}
