import type { Job } from "@winnow/contracts";
import { z } from "zod";
import type { Steps } from "../terminal/steps.js";
import { columnsOf } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";

/** A newer service may have codes that this command does not know. */
const Warnings = z.array(z.object({ code: z.string(), message: z.string() }));

/** Prints the warnings that a job's result contains. */
export function printWarnings({ result }: Job, steps: Steps): void {
  const width = columnsOf(process.stdout);
  for (const warning of Warnings.safeParse(result?.warnings).data ?? []) {
    for (const line of warningLines(warning, width)) steps.print(line);
  }
}
