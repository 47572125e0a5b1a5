// node packages/albert/scripts/build-simd.mjs: compiles assembly/kernels.ts into
// src/backends/simd-binary.ts. Run it after a change of the kernels; a test compares the two.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

/** The compiled module. */
export async function compileKernels() {
  const source = readFileSync(new URL("../assembly/kernels.ts", import.meta.url), "utf8");
  let binary;
  const { error, stderr } = await asc.main(
    [
      "kernels.ts",
      "--outFile",
      "kernels.wasm",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--importMemory",
    ],
    {
      readFile: (name) => (name === "kernels.ts" ? source : null),
      writeFile: (name, contents) => {
        if (name === "kernels.wasm") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binary = await compileKernels();
  const lines = Buffer.from(binary)
    .toString("base64")
    .match(/.{1,92}/g);
  const text = `// Made by scripts/build-simd.mjs from assembly/kernels.ts: do not edit.

/** The compiled SIMD kernels, base64. */
export const SIMD_BINARY = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
  writeFileSync(new URL("../src/backends/simd-binary.ts", import.meta.url), text);
  console.log(`${binary.length} bytes`);
}
