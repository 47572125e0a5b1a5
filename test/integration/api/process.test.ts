import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type Store } from "@winnow/store";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { queueIngest, seedPruning } from "../../support/seed-data.js";

const main = fileURLToPath(new URL("../../../apps/api/dist/main.js", import.meta.url));
const storageDir = mkdtempSync(join(tmpdir(), "winnow-api-test-"));
const children: ChildProcess[] = [];
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
});
afterAll(async () => {
  await store.close();
  rmSync(storageDir, { recursive: true, force: true });
  await database.drop();
});

function start(environment: Record<string, string> = {}) {
  const child = fork(main, {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      PATH: process.env.PATH ?? "",
      DATABASE_URL: database.url,
      STORAGE_DIR: storageDir,
      PORT: "0",
      ...environment,
    },
  });
  children.push(child);
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  return { child, ended, output: () => output };
}

async function listening(child: ChildProcess): Promise<string> {
  const [message] = (await once(child, "message")) as [{ type: string; url: string }];
  expect(message).toEqual({ type: "listening", url: expect.stringMatching(/^http:\/\/127/) });
  return message.url;
}

it("all faults of the environment are reported before a socket opens", async () => {
  const { ended, output } = start({ DATABASE_URL: "", HOST: "0.0.0.0", LOG_LEVEL: "loud" });
  expect(await ended).toBe(1);
  expect(output()).toContain("DATABASE_URL");
  expect(output()).toContain("LOG_LEVEL");
});

it("an address beyond loopback is refused while there is no API key", async () => {
  const { ended, output } = start({ HOST: "0.0.0.0" });
  expect(await ended).toBe(1);
  expect(output()).toContain(
    "HOST: 0.0.0.0 is not a loopback address, and no API key is configured",
  );
});

it("a port that is taken ends the process with an error", async () => {
  const first = start();
  const { port } = new URL(await listening(first.child));
  const second = start({ PORT: port });
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain("EADDRINUSE");
});

it("SIGTERM: open requests finish, a long poll is answered, the exit code is 0", async () => {
  const { child, ended } = start();
  const url = await listening(child);
  const { pruningId } = await seedPruning(store, 60_000, 3, 2);
  const download = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    get(`${url}/v1/prunings/${pruningId}/export?split=all`, resolve).on("error", reject);
  });
  await new Promise((resolve) => download.once("readable", resolve));
  const jobId = await queueIngest(store);
  const poll = fetch(`${url}/v1/jobs/${jobId}?wait=60`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill("SIGTERM");
  expect((await poll).status).toBe(200);
  let text = "";
  for await (const chunk of download.setEncoding("utf8")) text += chunk;
  expect(text.split("\n")).toHaveLength(60_001);
  expect(await ended).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

it("it ends with the process that forked it", async () => {
  const { child, ended } = start();
  await listening(child);
  child.disconnect();
  expect(await ended).toBe(0);
});
