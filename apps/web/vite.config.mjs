import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const outDir = "dist/page";

/** Each text beside itself in compressed form: the API sends it to browsers that take gzip. */
const compressed = {
  name: "compressed",
  closeBundle() {
    const folder = join(import.meta.dirname, outDir, "assets");
    for (const file of readdirSync(folder)) {
      if (!/\.(js|css|svg)$/.test(file)) continue;
      const bytes = readFileSync(join(folder, file));
      writeFileSync(join(folder, `${file}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressed],
  resolve: {
    // Its other form needs Node's Buffer.
    alias: { "csv-stringify/sync": "csv-stringify/browser/esm/sync" },
  },
  build: {
    outDir,
    target: "es2022",
    // A policy of `script-src 'self'` allows no script inside the page.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
  // For work on the page: `npx vite apps/web` beside a running service.
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
});
