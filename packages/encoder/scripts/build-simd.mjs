// node packages/encoder/scripts/build-simd.mjs: compiles assemblyscript/kernels.ts and what it imports
// into src/backends/simd-binary.ts. Run it after a change of the kernels; a test compares the sources'
// hash. The compiler (100 MB) is fetched for the run alone and is no dependency.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../assemblyscript/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "winnow-simd-"));
try {
  const out = join(folder, "kernels.wasm");
  const flags = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--importMemory"];
  const compiler = ["--yes", "--package", "assemblyscript@0.28.9", "asc"];
  execFileSync("npx", [...compiler, join(sources, "kernels.ts"), "--outFile", out, ...flags], {
    stdio: "inherit",
  });
  const binary = readFileSync(out);
  const hash = createHash("sha256");
  for (const name of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, name)));
  const lines = binary.toString("base64").match(/.{1,92}/g);
  const text = `// Made by scripts/build-simd.mjs from assemblyscript/: do not edit.

/** SHA-256 of the sources that were compiled, end to end by their names. */
export const SIMD_SOURCE_SHA256 =
  "${hash.digest("hex")}";

/** The compiled SIMD kernels, base64. */
export const SIMD_BINARY = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
  writeFileSync(new URL("../src/backends/simd-binary.ts", import.meta.url), text);
  console.log(`${binary.length} bytes`);
} finally {
  rmSync(folder, { recursive: true });
}
