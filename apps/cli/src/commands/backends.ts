import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { z } from "zod";
import { environmentOfProgram, readEnvironment } from "../config.js";
import { jsonOption } from "../options/service.js";
import { BACKENDS_MAIN } from "../platform/paths.js";
import { CliError } from "../terminal/failure.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { pad } from "../terminal/text.js";

const Report = z.object({
  backend: z.string(),
  available: z.boolean(),
  version: z.string().nullable(),
  device: z.string().nullable(),
  reason: z.string().nullable(),
  howToGet: z.string(),
});
type Report = z.infer<typeof Report>;

const Answer = z.object({
  type: z.literal("backends"),
  auto: z.string().nullable(),
  backends: z.array(Report),
});

/** `winnow backends`: what this machine can train on, tried by a small training run each. */
export function addBackends(program: Command): void {
  program
    .command("backends")
    .summary("list what this machine can train on")
    .description("list what this machine can train on, and how to get the rest")
    .addOption(jsonOption())
    .action(listBackends);
}

async function listBackends({ json }: { json?: true }): Promise<void> {
  const { auto, backends } = await askWorker();
  if (json) return printJson({ auto, backends });
  print(backends.flatMap((report) => linesOf(report, auto)).join("\n"));
}

/** The worker's own program tries them: TensorFlow never enters this process. */
export async function askWorker(): Promise<z.infer<typeof Answer>> {
  if (!existsSync(BACKENDS_MAIN)) {
    throw new CliError("not-built", `${BACKENDS_MAIN} is missing; run \`npm run build\` first.`);
  }
  const { BACKEND_PROBE_MS } = readEnvironment();
  const child = fork(BACKENDS_MAIN, [String(BACKEND_PROBE_MS)], {
    env: environmentOfProgram(),
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    const fail = (how: string) =>
      reject(new CliError("probe-ended", `The program that tries the backends ended (${how}).`));
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(signal ?? `exit code ${code}`));
    child.once("message", (message) => resolve(Answer.parse(message)));
  });
}

function linesOf(report: Report, auto: string | null): string[] {
  const { backend, available, version, device, reason, howToGet } = report;
  const name = pad(backend, 14);
  if (available) {
    const taken = backend === auto ? COLORS.dim("  taken by auto") : "";
    return [`${COLORS.green("✓")} ${name}${version} on ${device}${taken}`];
  }
  const indent = " ".repeat(16);
  return [
    `${COLORS.red("✗")} ${name}${reason}`,
    `${indent}${COLORS.dim(`to get it: ${howToGet}`)}`,
  ];
}
