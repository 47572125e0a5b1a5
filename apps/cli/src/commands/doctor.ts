import { type Command, Option } from "commander";
import { readEnvironment } from "../config.js";
import type { Finding } from "../doctor/finding.js";
import { linesOf, verdict } from "../doctor/lines.js";
import { jsonOption } from "../options/service.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { columnsOf } from "../terminal/text.js";
import { askWorker } from "./backends.js";

interface DoctorOptions {
  readonly data?: string;
  readonly json?: true;
  readonly adoptStorage?: true;
}

/** `winnow doctor`: tries all that the service needs, and says what to change. */
export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .summary("try what a service needs; say what to change")
    .description(
      "try all that the service needs before it starts, and say what to change: one line a check, " +
        "ok, warning or problem; the exit code is 1 if there is a problem",
    )
    .addOption(
      new Option(
        "--data <dir>",
        "the data folder of `winnow up` (default: the servers of DATABASE_URL and REDIS_URL, else ./.winnow/data)",
      ),
    )
    .option(
      "--adopt-storage",
      "make STORAGE_DIR the database's folder: after it was moved without its file `database`",
    )
    .addOption(jsonOption())
    .action(examineAll);
}

async function examineAll({ data, json, adoptStorage }: DoctorOptions): Promise<void> {
  const settings = readEnvironment();
  const { examine } = await import("../doctor/examine.js"); // only where it runs: it loads Prisma
  const width = columnsOf(process.stdout);
  const findings = await examine({
    dataDir: data,
    settings,
    adopt: adoptStorage ?? false,
    tryBackends,
    onFinding(finding) {
      if (!json) print(linesOf(finding, width).join("\n"));
    },
  });
  const isFit = findings.every(({ status }) => status !== "problem");
  if (json) printJson({ ok: isFit, checks: findings });
  else print(`\n${verdict(findings)}`);
  if (!isFit) process.exitCode = 1;
}

/** What trainings compute with: the one that `auto` takes, and what else there is. */
async function tryBackends(): Promise<Finding> {
  const name = "backends";
  try {
    const { auto, backends } = await askWorker();
    const usable = backends.filter(({ available }) => available);
    const words = usable.map(({ backend, device }) => `${backend} on ${device}`);
    const taken = usable.find(({ backend }) => backend === auto);
    if (!taken) {
      const fix = "winnow backends says how to get each";
      return { name, status: "problem", found: "none works on this machine", fix };
    }
    const found = words.length === 1 ? words[0]! : `${words.join(", ")}; auto takes ${auto}`;
    return { name, status: "ok", found, fix: null };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, status: "problem", found, fix: "run npm run build, or look at winnow backends" };
  }
}
