import { InvalidArgumentError } from "commander";

/** Parses a whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const upTo = max === Number.MAX_SAFE_INTEGER ? "up" : `to ${max}`;
      throw new InvalidArgumentError(`Expected a whole number from ${min} ${upTo}.`);
    }
    return value;
  };

/** Parses a number above 0 and at most `max`. */
export const positiveNumber =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value > 0 && value <= max) return value;
    throw new InvalidArgumentError(`Expected a number above 0 and at most ${max}.`);
  };

/** Parses a share from 0 to 1; with `isOpen` 1 itself is refused. */
export const share =
  ({ isOpen = false } = {}) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= 0 && (isOpen ? value < 1 : value <= 1)) return value;
    throw new InvalidArgumentError(`Expected a number from 0 to ${isOpen ? "below " : ""}1.`);
  };

/** The seed of anything random. */
export const seed = wholeNumber(0, 0xffff_ffff);

/** A column by its name, or by its index when only digits are given. */
export const column = (text: string): string | number =>
  /^\d{1,5}$/.test(text) ? Number(text) : text;

/** Parses a repeatable `FROM=TO`. */
export function renamings(text: string, before: { from: string; to: string }[] = []) {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError("Expected FROM=TO.");
  return [...before, { from: text.slice(0, at), to: text.slice(at + 1) }];
}

/** Parses a repeatable `FROM=TO`, where an empty TO stands for no label. */
export function aliases(text: string, before: { from: string; to: string }[] = []) {
  const isToNothing = text.indexOf("=") === text.length - 1 && text.length > 1;
  return isToNothing ? [...before, { from: text.slice(0, -1), to: "" }] : renamings(text, before);
}

/** `entries` without those that are undefined: what was not given is left to the service's defaults. */
export function given<T extends Record<string, unknown>>(
  entries: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined),
  ) as never;
}
