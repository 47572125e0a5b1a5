import { AppError } from "@winnow/contracts";
import type { RedisFacts } from "./inspect.js";

/** The first versions that BullMQ supports. */
const OLDEST = { Redis: [6, 2], Valkey: [7, 2] } as const;

/** Whether the version is older than BullMQ supports; the oldest that it supports, in words. */
export function tooOld({ server, version }: Pick<RedisFacts, "server" | "version">): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST[server];
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  return isOld ? `${oldestMajor}.${oldestMinor}` : null;
}

/** Throws an `AppError` with one sentence unless queues are safe on such a server. */
export function assertFit(facts: RedisFacts): void {
  const fault = faultOf(facts);
  if (fault !== null) throw new AppError("not-ready", fault);
}

function faultOf(facts: RedisFacts): string | null {
  const { server, version, role, evictionPolicy, writeRefused } = facts;
  const oldest = tooOld(facts);
  if (oldest !== null) return `${server} ${version} is too old: it must be ${oldest} or newer`;
  if (role === "replica") {
    return `${server} is a replica, which takes no writes: name its primary in REDIS_URL`;
  }
  if (evictionPolicy !== undefined && evictionPolicy !== "noeviction") {
    return `${server} has maxmemory-policy ${evictionPolicy} and may drop queue entries: set it to noeviction`;
  }
  return writeRefused === null ? null : refusalOf(server, writeRefused);
}

/** Why a write was refused; the server's own words are the best ones where there is no advice. */
export function refusalOf(server: string, reply: string): string {
  if (reply.includes("MOVED ") || reply.includes("CLUSTERDOWN")) {
    return `${server} is one node of a cluster, and the queues' keys are not on it: name a ${server} that is no cluster in REDIS_URL`;
  }
  if (reply.includes("NOPERM")) {
    return `${server} does not let the user of REDIS_URL write the queues (${reply}): give it all commands on the keys of QUEUE_PREFIX`;
  }
  if (reply.includes("OOM ")) {
    return `${server} is out of memory (${reply}): raise its maxmemory`;
  }
  return `${server} takes no writes (${reply})`;
}
