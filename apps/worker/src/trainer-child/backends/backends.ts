import {
  AUTO_ORDER,
  absentBackend,
  BACKENDS,
  type Backend,
  type BackendReport,
} from "@winnow/encoder";
import { holdLifeline } from "@winnow/processes";
import { z } from "zod";
import { probeEnvironment } from "../../config.js";
import { askChild } from "../../trainer/ask-child.js";
import { GPU_ENVIRONMENT } from "../../trainer/gpu-environment.js";

// A process that reports which backends this machine has, and which one "auto" selects. `winnow
// backends` starts it, since the command itself loads no TensorFlow; its argument is how long each may take.

const Answer = z.object({ type: z.literal("report"), report: z.custom<BackendReport>() });

holdLifeline(process.ppid);
const timeoutMs = Number(process.argv[2]);
const backends = await Promise.all(BACKENDS.map(probeOne));
const auto = AUTO_ORDER.find((name) => backends.some((b) => b.backend === name && b.available));
process.send?.({ type: "backends", auto: auto ?? null, backends }, () => process.exit(0));

/** Each backend has its own process: one that dies of a wrong binding does not affect the others. */
async function probeOne(backend: Backend): Promise<BackendReport> {
  const { answer, failure } = await askChild(new URL("./probe-one.js", import.meta.url), {
    env: { ...GPU_ENVIRONMENT, ...probeEnvironment() },
    args: [backend],
    timeoutMs,
  });
  const report = Answer.safeParse(answer).data?.report;
  return report ?? absentBackend(backend, `The process that tried it ${failure}.`);
}
