// npm run docs:reference: writes docs/reference and .env.example from the built code.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { referencePages } from "./pages.js";

// Compiled into infra/reference/dist/infra/reference.
const root = new URL("../../../../../", import.meta.url);

for (const [path, text] of await referencePages()) {
  writeFileSync(new URL(path, root), text);
  console.log(fileURLToPath(new URL(path, root)));
}
