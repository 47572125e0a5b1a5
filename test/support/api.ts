import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AppOptions, buildApp, createLogger } from "@winnow/api";
import { ERRORS, type Problem } from "@winnow/contracts";
import { openStore, type Store } from "@winnow/store";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { expect } from "vitest";
import { createTestDatabase } from "./postgres.js";

/** The real app over a database of the test file's own. */
export interface TestApi {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly databaseUrl: string;
  /** Where uploads lie. */
  readonly storageDir: string;
  /** Listens on a free port of loopback, once; returns the base URL. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Builds the app. Close it in `afterAll`: a connection left open fails there. */
export async function openTestApi(
  options: {
    config?: Partial<AppOptions["config"]>;
    app?: Partial<Omit<AppOptions, "config" | "store">>;
    maxConnections?: number;
    /** Another app's database, which stays that app's; close this one first. */
    databaseUrl?: string;
    /** Adds to the app before it is ready. */
    extend?: (app: FastifyInstance) => unknown;
  } = {},
): Promise<TestApi> {
  const database = options.databaseUrl
    ? { url: options.databaseUrl, drop: async () => {} }
    : await createTestDatabase();
  const storageDir = mkdtempSync(join(tmpdir(), "winnow-api-test-"));
  const store = openStore({
    databaseUrl: database.url,
    applicationName: "winnow-api-test",
    maxConnections: options.maxConnections ?? 6,
  });
  const app = await buildApp({
    store,
    config: { storageDir, maxUploadBytes: 1 << 20, ingestRoot: undefined, ...options.config },
    logger: createLogger("silent"),
    // A busy machine is not what these tests are about; the one that is sets its own limit.
    maxEventLoopDelayMs: 30_000,
    ...options.app,
  });
  options.extend?.(app);
  let url: Promise<string> | undefined;
  return {
    app,
    store,
    databaseUrl: database.url,
    storageDir,
    listen() {
      url ??= app.listen({ host: "127.0.0.1", port: 0 });
      return url;
    },
    async close() {
      await app.close();
      await store.close();
      rmSync(storageDir, { recursive: true, force: true });
      await database.drop();
    },
  };
}

/** Insists that the answer is the problem of this code, whole and in form; returns it. */
export function expectProblem(
  response: Pick<LightMyRequestResponse, "statusCode" | "headers" | "body">,
  code: keyof typeof ERRORS,
): Problem {
  const { status, retryable, title } = ERRORS[code];
  expect(response.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  const problem = JSON.parse(response.body) as Problem;
  expect(problem).toEqual({
    type: `/errors/${code}`,
    title,
    status,
    detail: expect.stringMatching(/./),
    code,
    requestId: response.headers["x-request-id"],
    retryable,
    errors: expect.any(Array),
    ...(code.endsWith("-in-use") && problem.usedBy ? { usedBy: problem.usedBy } : {}),
  });
  expect(response.statusCode).toBe(status);
  return problem;
}

export const id = (prefix: string, n = 0) =>
  `${prefix}_01931f5e-7c1a-7bbb-8a3e-${n.toString(16).padStart(12, "0")}`;
