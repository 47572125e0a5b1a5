import { readFileSync } from "node:fs";
import { z } from "zod";
import { inRepository } from "./paths.js";

const Manifest = z.object({ version: z.string() });

/** The version of all of Winnow, from the root's package.json. */
export const VERSION = Manifest.parse(
  JSON.parse(readFileSync(inRepository("package.json"), "utf8")),
).version;
