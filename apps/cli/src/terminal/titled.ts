import { COLORS } from "./paint.js";

/** Lines below a title; nothing where there are no lines. */
export const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", COLORS.bold(title), ...lines];
