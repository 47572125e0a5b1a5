import { resolve } from "node:path";
import { ConfigError } from "@winnow/contracts";
import { describe, expect, it } from "vitest";
import { isLoopback, readConfig } from "./config.js";

const DATABASE_URL = "postgresql://winnow@127.0.0.1/winnow";

const faultsOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
};

describe("the configuration", () => {
  it("needs a database only", () => {
    expect(readConfig({ DATABASE_URL })).toEqual({
      databaseUrl: DATABASE_URL,
      redisUrl: undefined,
      storageDir: resolve(".winnow/storage"),
      host: "127.0.0.1",
      port: 8080,
      drainMs: 0,
      tracing: false,
      maxUploadBytes: 4 * 1024 ** 3,
      logLevel: "info",
      ingestRoot: undefined,
      modelsDir: undefined,
      embeddingsUrl: undefined,
      urlSources: false,
      trustedNetwork: false,
      allowedHosts: [],
      corsOrigins: [],
      rateLimitPerMinute: 60_000,
      maxOfEach: { downloads: 4, eventStreams: 200, longPolls: 200, uploads: 16 },
      leastBytesPerSecond: 1024,
      maxOpenJobs: 1000,
      maxStoredBytes: 100 * 1024 ** 3,
      maxStoredRows: 100_000_000,
      queueBoard: "auto",
      queueBoardWrites: false,
      queuePrefix: "{winnow}",
      previewLimits: { memoryBytes: 512 * 2 ** 20, timeoutMs: 30_000 },
    });
  });

  it("takes an empty variable as unset, as compose files pass them", () => {
    const config = readConfig({ DATABASE_URL, REDIS_URL: "", PORT: "", INGEST_ROOT: "" });
    expect(config).toMatchObject({ redisUrl: undefined, port: 8080, ingestRoot: undefined });
  });

  it("takes lists of host names and origins, and says which item is none", () => {
    const lists = {
      ALLOWED_HOSTS: "api, winnow.lan,*.example.org ,bücher.example",
      CORS_ORIGINS: "http://localhost:3000,https://label.example.org",
    };
    expect(readConfig({ DATABASE_URL, ...lists })).toMatchObject({
      allowedHosts: ["api", "winnow.lan", "*.example.org", "bücher.example"],
      corsOrigins: ["http://localhost:3000", "https://label.example.org"],
    });
    for (const name of ["*", "winnow.lan:8080", "http://winnow.lan", "a b", "*.*.org", "[::1]"]) {
      const fault = faultsOf({ DATABASE_URL, ALLOWED_HOSTS: `api,${name}` });
      expect(fault).toContain(`ALLOWED_HOSTS: must be host names`);
      expect(fault).toContain(`not ${name}`);
    }
    for (const origin of ["*", "null", "label.example.org", "https://a.org/", "ftp://a.org"]) {
      expect(faultsOf({ DATABASE_URL, CORS_ORIGINS: origin })).toContain(`not ${origin}`);
    }
  });

  it("names all faults at once", () => {
    const text = faultsOf({
      REDIS_URL: "http://127.0.0.1",
      PORT: "65536",
      MAX_UPLOAD_BYTES: "4GB",
      LOG_LEVEL: "loud",
    });
    const named = [...text.matchAll(/^ {2}(\w+): ./gm)].map((match) => match[1]);
    expect(named.sort()).toEqual([
      "DATABASE_URL",
      "LOG_LEVEL",
      "MAX_UPLOAD_BYTES",
      "PORT",
      "REDIS_URL",
    ]);
  });

  it("takes 0 as no limit", () => {
    const none = { RATE_LIMIT_PER_MINUTE: "0", QUOTA_OPEN_JOBS: "0", QUOTA_STORED_BYTES: "0" };
    expect(readConfig({ DATABASE_URL, ...none })).toMatchObject({
      rateLimitPerMinute: undefined,
      maxOpenJobs: undefined,
      maxStoredBytes: undefined,
    });
  });

  it.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("%s is loopback", (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(["0.0.0.0", "::", "10.0.0.1", "api", "127.0.0.1.example.org", "127.1"])(
    "%s is not",
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
