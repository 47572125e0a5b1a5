import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { globSync } from "tinyglobby";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** Relative to the repository, e.g. `packages/store/src/database/client.ts`. */
  readonly path: string;
  readonly text: string;
  /** What it imports or re-exports, dynamic imports of literals included. */
  readonly imports: readonly string[];
}

export interface Package {
  /** `packages/store` */
  readonly path: string;
  /** `@winnow/store` */
  readonly name: string;
  readonly dependencies: ReadonlySet<string>;
  readonly files: readonly SourceFile[];
}

/** Every package and app, and its sources without tests and generated code. */
export function readPackages(): Package[] {
  return globSync("{apps,packages}/*/package.json", { cwd: root })
    .sort()
    .map((manifestPath) => {
      const manifest = JSON.parse(readFileSync(join(root, manifestPath), "utf8"));
      const path = dirname(manifestPath);
      return {
        path,
        name: manifest.name,
        dependencies: new Set([
          ...Object.keys(manifest.dependencies ?? {}),
          ...Object.keys(manifest.optionalDependencies ?? {}),
        ]),
        files: readSources(path),
      };
    });
}

function readSources(path: string): SourceFile[] {
  return globSync(`${path}/src/**/*.{ts,tsx}`, { cwd: root })
    .filter((file) => !/\.test\.tsx?$/.test(file) && !file.includes("/generated/"))
    .sort()
    .map((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return { path: file, text, imports: importsOf(file, text) };
    });
}

function importsOf(path: string, text: string): string[] {
  const { module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const fixed = module.staticImports.map((i) => i.moduleRequest.value);
  const exported = module.staticExports.flatMap((e) =>
    e.entries.flatMap((entry) => (entry.moduleRequest ? [entry.moduleRequest.value] : [])),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^["'`]([^"'`$]+)["'`]$/.exec(
      text.slice(moduleRequest.start, moduleRequest.end),
    );
    return literal?.[1] ? [literal[1]] : [];
  });
  return [...new Set([...fixed, ...exported, ...dynamic])];
}

/** `@scope/name/deep` -> `@scope/name`; null for relative and `node:` imports. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return null;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? null);
}

/** The file that a relative import names, relative to the repository. */
export function targetOf(from: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  const path = relative(root, join(root, dirname(from), specifier));
  const source = path.replace(/\.js$/, ".ts");
  return path !== source && !existsSync(join(root, source)) ? `${source}x` : source;
}
