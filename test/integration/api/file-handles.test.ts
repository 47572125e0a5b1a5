import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { freePort } from "../../support/free-port.js";
import { createTestDatabase } from "../../support/postgres.js";

const main = fileURLToPath(new URL("../../../apps/api/dist/main.js", import.meta.url));

it("with few file handles and many idle connections it lives on, and serves again once they end", async () => {
  const database = await createTestDatabase();
  const storageDir = mkdtempSync(join(tmpdir(), "winnow-api-test-"));
  const port = await freePort();
  const env = {
    PATH: process.env.PATH ?? "",
    DATABASE_URL: database.url,
    STORAGE_DIR: storageDir,
    PORT: String(port),
  };
  // The hard limit: Node raises the soft one to it.
  const run = ["-c", 'ulimit -n 320; exec "$0" "$1"', process.execPath, main];
  const api = spawn("bash", run, { env, stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://127.0.0.1:${port}`;
  const statusOf = (path: string) =>
    fetch(url + path).then(
      ({ status }) => status,
      () => 0,
    );
  const idle: Socket[] = [];
  try {
    await expect.poll(() => statusOf("/readyz"), { timeout: 25_000 }).toBe(200);
    for (let i = 0; i < 400; i++) {
      const socket = connect({ host: "127.0.0.1", port });
      socket.on("error", () => {});
      idle.push(socket);
    }
    await Promise.all(
      idle.map((socket) => socket.pending && once(socket, "connect").catch(() => {})),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(
      idle.filter(({ destroyed, readyState }) => destroyed || readyState !== "open").length,
    ).toBeGreaterThan(200);
    expect(api.exitCode).toBeNull();
    for (const socket of idle) socket.destroy();
    // What opens files and connections to the database works: no handle was missing.
    await expect.poll(() => statusOf("/v1/jobs"), { timeout: 10_000 }).toBe(200);
    await expect.poll(() => statusOf("/readyz"), { timeout: 10_000 }).toBe(200);
    expect(api.exitCode).toBeNull();
  } finally {
    for (const socket of idle) socket.destroy();
    api.kill("SIGKILL");
    if (api.exitCode === null && api.signalCode === null) await once(api, "exit");
    rmSync(storageDir, { recursive: true, force: true });
    await database.drop();
  }
});
