import { nameStrength, type Role } from "./column-names.js";

export interface HeaderGuess {
  readonly header: boolean;
  /** From 0.5 to 1. */
  readonly confidence: number;
}

const ROLES: readonly Role[] = ["text", "label", "id", "trueLabel"];
const NUMBER = /^[-+]?\d*[.,]?\d+(e[-+]?\d+)?$/i;
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_ .:#/()-]{0,39}$/u;

/**
 * Whether the first record names the columns. Each column adds its evidence, as a logarithm of
 * odds: a usual name, words above numbers, and a value that comes again below or never does.
 */
export function guessHeader(
  first: readonly string[],
  others: readonly (readonly string[])[],
): HeaderGuess {
  let odds = 0;
  first.forEach((cell, i) => {
    odds += evidenceOf(
      cell.trim(),
      others.map((record) => (record[i] ?? "").trim()).filter((value) => value !== ""),
      i === 0,
    );
  });
  if (new Set(first).size < first.length) odds -= 2;
  const share = 1 / (1 + Math.exp(-odds));
  return { header: odds > 0, confidence: Math.max(share, 1 - share) };
}

function evidenceOf(name: string, below: readonly string[], isFirst: boolean): number {
  const numeric = below.length > 0 && below.every((value) => NUMBER.test(value));
  if (name === "" && below.length === 0) return 0;
  if (name === "") return isFirst && numeric ? 2.5 : -1.5;
  if (NUMBER.test(name)) return -4;
  const again = below.filter((value) => value === name).length;
  if (again > 0) return below.length > 3 * again ? -2.5 : -3.5;
  const strength = Math.max(...ROLES.map((role) => nameStrength(name, role)));
  const usual = strength > 0 ? 1.5 + 2 * strength : 0;
  if (numeric) return usual + 3;
  return usual + shapeOf(name, below) + recurrenceOf(below);
}

/** Names are short, and values of a text column are not. */
function shapeOf(name: string, below: readonly string[]): number {
  if (!IDENTIFIER.test(name)) return name.length > 60 ? -3 : -1.5;
  const words = name.split(/[\s_]+/).length;
  const mean = below.reduce((sum, value) => sum + value.length, 0) / Math.max(1, below.length);
  if (mean > 20) return words <= 3 && name.length < mean / 2 ? 1.2 : -1.5;
  return words <= 2 ? 0.3 : -0.5;
}

/** Where every value comes several times, one that never does is none of them. */
function recurrenceOf(below: readonly string[]): number {
  const distinct = new Set(below).size;
  if (below.length < 4 || distinct > below.length / 2) return 0;
  return Math.min(2.5, 0.6 * Math.log2(below.length / distinct));
}
