import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../architecture/source-files.js";

/** Every line of code of a page: of its blocks, and of its running text, a span a line. */
export function codeLines(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(/^```(?!mermaid)\w*\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code!,
  );
  const spans = [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)];
  return [...blocks, ...spans.map(([, code]) => code!)]
    .flatMap((code) => code.replaceAll("\\\n", " ").split("\n"))
    .flatMap(withoutSubstitutions);
}

/** `a $(b c) d` as `a $() d` and `b c`: options belong to their own command. */
function withoutSubstitutions(line: string): string[] {
  const inner: string[] = [];
  const outer = line.replaceAll(/\$\(([^()]*)\)/g, (_, command: string) => {
    inner.push(command);
    return "$()";
  });
  return [outer, ...inner];
}

/** What the first group of the pattern holds, wherever it fits. */
export const namedIn = (lines: readonly string[], pattern: RegExp): string[] =>
  lines.flatMap((line) => [...line.matchAll(pattern)].map(([, name]) => name!));
