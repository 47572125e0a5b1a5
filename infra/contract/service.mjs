import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { run } from "./tools.mjs";

const WINNOW = join(import.meta.dirname, "../../apps/cli/bin/winnow.mjs");
const START_MS = 120_000;

/** `winnow up` on a free port with a data folder of its own; with `keyed` it has an admin's key. */
export async function openService(data, { keyed }) {
  const port = await freePort();
  const args = [WINNOW, "up", "--port", String(port), "--data", data];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const close = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  try {
    await listening(child);
    const url = `http://127.0.0.1:${port}`;
    const key = keyed ? await createKey(data) : undefined;
    // A process may serve requests without keys for a second after the first one was made.
    if (keyed) await new Promise((resolve) => setTimeout(resolve, 1_500));
    return { url, key, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = () => reject(new Error(`winnow up did not start:\n${output}`));
    const timer = setTimeout(fail, START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        output += text;
        if (!output.includes("listening on")) return;
        clearTimeout(timer);
        resolve();
      });
    }
    child.once("exit", fail);
  });
}

async function createKey(data) {
  const create = ["keys", "create", "--data", data, "--name", "contract", "--scope", "admin"];
  const { output } = await run(process.execPath, [WINNOW, ...create]);
  const key = /^wn_\S+/m.exec(output)?.[0];
  if (!key) throw new Error(`no key was created:\n${output}`);
  return key;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
