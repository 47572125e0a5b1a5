import { AppError } from "@winnow/contracts";
import { inspectRedis, probeKeyOf, type RedisFacts, refusalOf, tooOld } from "@winnow/redis";
import { type Finding, ok, problem, problemOf, warning, whyNot } from "./finding.js";

const TIMEOUT_MS = 5_000;

/** What the service needs of Redis, a finding each; one alone where it cannot be reached. */
export async function checkRedis(redisUrl: string, queuePrefix: string): Promise<Finding[]> {
  let facts: RedisFacts;
  try {
    const probeKey = probeKeyOf(queuePrefix);
    facts = await inspectRedis(redisUrl, { probeKey, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (error instanceof AppError) return [problemOf("redis", error.message)];
    const start = "start it, or correct REDIS_URL";
    const fix = isWithTls(redisUrl)
      ? `${start}; a port without TLS takes redis:// in place of rediss://`
      : `${start}; a port with TLS takes rediss:// in place of redis://`;
    return [problem("redis", whyNot(error), isOfTheWay(error) ? fix : start)];
  }
  return CHECKS.map((check) => check(facts));
}

const isWithTls = (url: string): boolean => new URL(url).protocol === "rediss:";

/** Something listens, and does not say what Redis says: each waits for the other, or hangs up. */
const isOfTheWay = (error: unknown): boolean =>
  /ETIMEDOUT|timed out|ECONNRESET|EPIPE|[Cc]onnection is closed|ERR_SSL/.test(whyNot(error));

const CHECKS: readonly ((facts: RedisFacts) => Finding)[] = [
  function checkVersion(facts) {
    const found = `${facts.server} ${facts.version}`;
    const oldest = tooOld(facts);
    if (oldest !== null) return problem("redis", found, `use ${facts.server} ${oldest} or newer`);
    if (!facts.ignoresPassword) return ok("redis", found);
    const fix = "set requirepass there, or take the password out of REDIS_URL";
    return warning("redis", `${found}, which asks for no password`, fix);
  },
  function checkRole({ role, writeRefused, server }) {
    if (role === "replica") {
      return problem(
        "redis role",
        "a replica, which takes no writes",
        "name its primary in REDIS_URL",
      );
    }
    if (writeRefused !== null) return problemOf("redis role", refusalOf(server, writeRefused));
    return ok("redis role", "a primary that takes writes");
  },
  function checkPolicy({ evictionPolicy, maxMemory }) {
    if (evictionPolicy === undefined) {
      return warning(
        "eviction",
        "the server does not say",
        "see to it that the policy is noeviction",
      );
    }
    if (evictionPolicy !== "noeviction") {
      const found = `${evictionPolicy}, which may drop queue entries`;
      return problem("eviction", found, "set maxmemory-policy to noeviction");
    }
    return ok("eviction", `none${maxMemory === 0 ? "" : ", maxmemory is set"}`);
  },
  function checkPersistence({ appendOnly }) {
    return appendOnly
      ? ok("persistence", "append-only file")
      : warning(
          "persistence",
          "no append-only file: a restart forgets entries, which are queued again",
          "set appendonly yes",
        );
  },
  function checkCluster({ isCluster }) {
    return isCluster
      ? warning("cluster", "on; all keys of one prefix are on one node", "use a Redis without it")
      : ok("cluster", "none");
  },
];
