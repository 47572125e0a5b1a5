import { type Job, Warning } from "@winnow/contracts";
import { z } from "zod";
import type { Steps } from "../terminal/steps.js";
import { columnsOf } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";

/** Prints the warnings that a job's result contains. */
export function printWarnings({ result }: Job, steps: Steps): void {
  const width = columnsOf(process.stdout);
  for (const warning of z.array(Warning).safeParse(result?.warnings).data ?? []) {
    for (const line of warningLines(warning, width)) steps.print(line);
  }
}
