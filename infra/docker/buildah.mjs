/** Debian's buildah: builds and runs images without an engine. */
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Works in any container; a store of its own, as the images are large. */
const STORE = ["--storage-driver", "vfs"];
if (process.env.WINNOW_IMAGE_STORE) STORE.push("--root", process.env.WINNOW_IMAGE_STORE);

/** Runs buildah; returns its output. Throws with what it wrote last. */
export function buildah(...args) {
  try {
    return execFileSync("buildah", [...STORE, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
    }).trim();
  } catch (error) {
    if (error.code === "ENOENT") throw error;
    const last = `${error.stdout ?? ""}${error.stderr ?? ""}`
      .trim()
      .split("\n")
      .slice(-15)
      .join("\n");
    throw new Error(`buildah ${args[0]} failed:\n${last}`);
  }
}

/** The size of an image, all layers together; null where the store lacks it. */
export function imageBytes(image) {
  try {
    return JSON.parse(buildah("inspect", "--type", "image", image)) && sizeOf(image);
  } catch (error) {
    if (error.code === "ENOENT") throw error;
    return null;
  }
}

function sizeOf(image) {
  const container = buildah("from", "--pull-never", image);
  try {
    const place = buildah("mount", container);
    const [kilobytes] = execFileSync("du", ["-sk", place], { encoding: "utf8" }).split("\t");
    return Number(kilobytes) * 1024;
  } finally {
    buildah("rm", container);
  }
}

/** What an image starts by itself: entrypoint and command. */
export function startOf(image) {
  const { config } = JSON.parse(buildah("inspect", "--type", "image", image)).OCIv1;
  return { entrypoint: config.Entrypoint ?? [], command: config.Cmd ?? [], user: config.User };
}

/**
 * Ends what `runIn` started as an engine does: SIGTERM to the container's first program, which buildah itself
 * does not pass on. Resolves once nothing of it runs; throws where it had to be killed.
 */
export async function endIn({ child, ended }, patienceMs) {
  const family = child.exitCode === null ? below(child.pid) : [];
  const program = family.find((pid) => !commandOf(pid).startsWith("buildah"));
  if (program !== undefined) process.kill(program, "SIGTERM");
  const until = performance.now() + patienceMs;
  while (family.some(isAlive) && performance.now() < until) await sleep(100);
  const left = family.filter(isAlive);
  for (const pid of left) process.kill(pid, "SIGKILL");
  await ended;
  if (left.length > 0) {
    throw new Error(`${commandOf(program)} did not end ${patienceMs / 1000} s after SIGTERM.`);
  }
}

/** The processes below one, parents first. Any thread of buildah may have started one. */
function below(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" "))
    .filter(Boolean)
    .flatMap((child) => [Number(child), ...below(child)]);
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** One that has ended and waits for its parent has no command any more. */
const isAlive = (pid) => commandOf(pid) !== "";

/** Starts a command in a container, as the image's user; its output comes as text. */
export function runIn(container, command, { environment, mounts }) {
  const args = [
    ...["run", "--isolation", "chroot", "--network", "host"],
    ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...mounts.flatMap(([from, to]) => ["--volume", `${from}:${to}`]),
  ];
  const child = spawn("buildah", [...STORE, ...args, container, "--", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const ended = new Promise((resolve) =>
    child.once("exit", (code, signal) => resolve({ code, signal })),
  );
  return { child, ended, output: () => output };
}
