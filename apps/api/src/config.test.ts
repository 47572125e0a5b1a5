import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "./config.js";

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
      maxUploadBytes: 4 * 1024 ** 3,
      logLevel: "info",
      ingestRoot: undefined,
      urlSources: false,
    });
  });

  it("takes an empty variable as unset, as compose files pass them", () => {
    const config = readConfig({ DATABASE_URL, REDIS_URL: "", PORT: "", INGEST_ROOT: "" });
    expect(config).toMatchObject({ redisUrl: undefined, port: 8080, ingestRoot: undefined });
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

  it.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("listens on %s", (HOST) => {
    expect(readConfig({ DATABASE_URL, HOST }).host).toBe(HOST);
  });

  it.each(["0.0.0.0", "::", "10.0.0.1", "api", "127.0.0.1.example.org"])(
    "refuses %s while no key is configured, unless the network is said to be trusted",
    (HOST) => {
      expect(faultsOf({ DATABASE_URL, HOST })).toContain("HOST: ");
      expect(faultsOf({ DATABASE_URL, HOST })).toContain("TRUSTED_NETWORK=true");
      expect(faultsOf({ DATABASE_URL, HOST, TRUSTED_NETWORK: "yes" })).toContain("TRUSTED_NETWORK");
      expect(readConfig({ DATABASE_URL, HOST, TRUSTED_NETWORK: "true" }).host).toBe(HOST);
    },
  );
});
