/** The line without the "\r" of its ending; some writers put two. */
export function withoutReturns(line: string): string {
  const end = lengthWithoutReturns(line);
  return end === line.length ? line : line.slice(0, end);
}

/** The length of `withoutReturns(line)`. */
export function lengthWithoutReturns(line: string): number {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === 13) end -= 1;
  return end;
}
