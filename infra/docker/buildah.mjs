/** Debian's buildah: builds and runs images without an engine. */
import { execFileSync, spawn } from "node:child_process";

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
