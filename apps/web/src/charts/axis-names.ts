/** A name at an axis: of one class, or of the classes that begin alike. */
export interface AxisName {
  readonly name: string;
  /** Where it begins and ends, as shares of the axis. */
  readonly from: number;
  readonly to: number;
}

/** So many pixels a line of small text needs. */
export const LINE_PX = 14;

/**
 * The names that an axis has room for: of each class, or, where classes are paths and too many, of
 * the part of the path that neighbours share. Empty where there is no room for any.
 */
export function axisNames(
  names: readonly string[],
  { start, cells }: { readonly start: number; readonly cells: number },
  lengthPx: number,
): readonly AxisName[] {
  const shown = names.slice(start, start + cells);
  const hasRoom = ({ from, to }: AxisName) => (to - from) * lengthPx >= LINE_PX;
  const depth = Math.max(1, ...shown.map((name) => name.split("/").length));
  for (let level = depth; level >= 1; level -= 1) {
    const groups = groupsOf(shown.map((name) => name.split("/").slice(0, level).join("/")));
    const readable = groups.filter(hasRoom);
    // Of classes each has its name or none has; of groups the large ones are enough.
    if (level === depth ? readable.length === groups.length : readable.length > 0) return readable;
  }
  return [];
}

function groupsOf(names: readonly string[]): AxisName[] {
  const groups: { name: string; from: number; to: number }[] = [];
  for (const [i, name] of names.entries()) {
    const last = groups.at(-1);
    const to = (i + 1) / names.length;
    if (last?.name === name) last.to = to;
    else groups.push({ name, from: i / names.length, to });
  }
  return groups;
}
