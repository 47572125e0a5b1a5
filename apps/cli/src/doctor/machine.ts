import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
import { bytes } from "../terminal/text.js";
import { type Finding, ok, problem, warning } from "./finding.js";

/** The oldest release of each line that Winnow takes; odd lines below 24 are not taken. */
const OLDEST_MINOR: Readonly<Record<number, number>> = { 20: 19, 22: 13 };
const OLDEST_LINE = 24;
const NEWEST_TESTED = 24;

const LITTLE_MEMORY = 2 * 2 ** 30;
const LITTLE_DISK = 5 * 2 ** 30;
const NO_DISK = 200 * 2 ** 20;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isFit = major >= OLDEST_LINE || minor >= (OLDEST_MINOR[major] ?? Number.POSITIVE_INFINITY);
  if (!isFit) return problem("node", version, "install Node 20.19, 22.13, 24 or newer");
  if (major > NEWEST_TESTED) {
    return warning("node", `${version}, newer than any that was tested`, "use 20, 22 or 24");
  }
  return ok("node", version);
}

export function checkMachine(): Finding {
  const memory = totalmem();
  const found = `${bytes(memory)} of memory, ${availableParallelism()} cores`;
  return memory < LITTLE_MEMORY
    ? warning("machine", found, "give it 2 GB or more; a fold in training takes most of it")
    : ok("machine", found);
}

/** The room where files of the service will be: the folder itself, or the first above it that is there. */
export async function checkDisk(folder: string): Promise<Finding> {
  const free = await freeBytes(folder);
  const found = `${bytes(free)} free for ${folder}`;
  if (free < NO_DISK) return problem("disk", found, "free some space, or name another folder");
  if (free < LITTLE_DISK) {
    return warning("disk", found, "uploads, checkpoints and models need several GB");
  }
  return ok("disk", found);
}

async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return freeBytes(dirname(folder));
  }
}
