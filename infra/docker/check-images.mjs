/**
 * npm run check:images [-- --backend wasm|tfjs-node|tfjs-node-gpu] [--reuse] [--volume FROM:TO ...]
 * Builds the images from their Dockerfiles with Debian's buildah, without an engine, and without a
 * registry where none can be reached; starts migrate, API and worker from them, each as its own user, with
 * the commands and variables of docker-compose.yml, against a real Postgres and Redis of this machine; and
 * takes the demo set through ingest, folds, pruning and export. Prints what each image adds to its base. A container
 * of buildah has no card: the worker for GPUs must say so and train on wasm where a job leaves the choice,
 * and a job that names the GPU must wait. It takes 30 GB of disk. --volume
 * mounts a file or folder while an image is built: npm's or pip's settings on a machine that has its
 * own; --reuse builds only what an earlier run has not built. WINNOW_IMAGE_STORE names the folder of the
 * images, gigabytes. Ends with 1 where anything fails, with 3 where buildah is missing or may not run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startLocalServices } from "../../packages/local-services/dist/index.js";
import { ensureBase } from "./base-image.mjs";
import { buildah, endIn, imageBytes, runIn, startOf } from "./buildah.mjs";
import { readServices } from "./compose-services.mjs";
import { waitForGpu, walkDemoSet } from "./walk-demo-set.mjs";

const { values: options } = parseArgs({
  options: {
    backend: { type: "string", default: "wasm" },
    reuse: { type: "boolean", default: false },
    volume: { type: "string", multiple: true, default: [] },
  },
});
const root = fileURLToPath(new URL("../../", import.meta.url));
/** What an image may add to its base, in MB; a worker with native TensorFlow has no bar. */
const MOST_MB = { api: 150, worker: options.backend === "wasm" ? 250 : Number.POSITIVE_INFINITY };
const forGpus = options.backend === "tfjs-node-gpu";
const STORAGE = "/var/lib/winnow";
const UID = 1000;
const READY_MS = 120_000;
const STOP_MS = 60_000;

if (spawnSync("buildah", ["--version"]).status !== 0 || process.getuid() !== 0) {
  console.error("check:images needs buildah and root: apt-get install buildah debootstrap.");
  process.exit(3);
}
const closers = [];
try {
  await check();
  console.log("every image runs");
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const close of closers.reverse()) await close();
}

async function check() {
  const images = { api: "winnow-check-api", worker: `winnow-check-worker-${options.backend}` };
  for (const [name, image] of Object.entries(images)) buildImage(name, image);
  const data = mkdtempSync(join(tmpdir(), "winnow-images-"));
  closers.push(() => rmSync(data, { recursive: true }));
  const local = await startLocalServices({ dataDir: join(data, "services"), durability: "fast" });
  closers.push(() => local.stop());
  const services = readServices(readFileSync(join(root, "docker-compose.yml"), "utf8"), {
    owner: local.databaseUrl,
    app: local.appDatabaseUrl,
    redis: local.redisUrl,
  });
  // What a named volume is at its first use: the image's folder, with its owner.
  const storage = mkdtempSync(join(tmpdir(), "winnow-storage-"));
  closers.push(() => rmSync(storage, { recursive: true }));
  chownSync(storage, UID, UID);

  const migrate = start(images.api, services.migrate, storage);
  const { code } = await migrate.ended;
  if (code !== 0) throw new Error(`migrate ended with ${code}:\n${migrate.output()}`);
  console.log("migrate ran");
  const api = start(images.api, services.api, storage);
  await answers(api, `http://127.0.0.1:${services.api.environment.PORT}/readyz`);
  const worker = start(images.worker, services.worker, storage);
  await answers(worker, `http://127.0.0.1:${services.worker.environment.HEALTH_PORT}/readyz`);
  console.log("API and worker are ready");
  try {
    const url = `http://127.0.0.1:${services.api.environment.PORT}`;
    if (forGpus) console.log(`without a card the worker says: ${reasonOf(worker)}`);
    console.log(await walkDemoSet(url, { backend: forGpus ? "auto" : options.backend }));
    if (forGpus) console.log(await waitForGpu(url));
  } catch (error) {
    throw new Error(`${error.message}\nthe worker says:\n${worker.output().slice(-4000)}`);
  }
  for (const running of [api, worker]) await stop(running);
}

/** Why a worker did not take the GPU. */
function reasonOf(worker) {
  const reason = /tfjs-node-gpu: [^"]+/.exec(worker.output())?.[0];
  if (reason === undefined) throw new Error("The worker does not say why it left the GPU.");
  return reason;
}

function buildImage(name, image) {
  const file = join(root, "infra/docker", `${name}.Dockerfile`);
  const text = readFileSync(file, "utf8");
  const base = /^FROM (node:[^\s@]+-slim)/m.exec(text)?.[1];
  const from = `docker.io/library/${base}`;
  console.log(`${base}: ${ensureBase(from)}`);
  if (options.reuse && imageBytes(image) !== null) return report(name, image, from, "built before");
  const startedAt = performance.now();
  // Without the digests of `npm run images:pin`, which a stand-in cannot have.
  const folder = mkdtempSync(join(tmpdir(), "winnow-dockerfile-"));
  closers.push(() => rmSync(folder, { recursive: true }));
  const built = join(folder, "Dockerfile");
  writeFileSync(built, text.replace(/@sha256:[0-9a-f]{64}/g, ""));
  buildah(
    ...["bud", "--isolation", "chroot", "--pull-never", "--network", "host", "--file", built],
    ...options.volume.flatMap((mount) => ["--volume", mount]),
    ...(name === "worker" ? ["--build-arg", `BACKEND=${options.backend}`] : []),
    ...["--tag", image, root],
  );
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  report(name, image, from, `built in ${seconds} s`);
}

function report(name, image, from, how) {
  const added = Math.round((imageBytes(image) - imageBytes(from)) / 1e6);
  console.log(`${name}: ${how}, adds ${added} MB to its base`);
  if (added > MOST_MB[name])
    throw new Error(`${name} adds ${added} MB, more than ${MOST_MB[name]}.`);
}

/** Starts one service of the compose file from an image. */
function start(image, { command, environment }, storage) {
  const own = startOf(image);
  if (!/^[1-9]\d*/.test(own.user)) throw new Error(`${image} would run as ${own.user || "root"}.`);
  const container = buildah("from", "--pull-never", image);
  const place = buildah("mount", container);
  // A read-only root: whatever is newer than this was written into the image.
  execFileSync("touch", [join(place, "tmp", ".started")]);
  const whole = [...own.entrypoint, ...(command ?? own.command)];
  const running = runIn(container, whole, { environment, mounts: [[storage, STORAGE]] });
  closers.push(async () => {
    await stop(running).catch(() => {});
    buildah("rm", container);
  });
  return { ...running, place, image };
}

/** Stops a program as an engine does, and looks at what it wrote. */
async function stop({ child, ended, place, image }) {
  await endIn({ child, ended }, STOP_MS);
  const mounted = ["proc", "sys", "dev", "run", "tmp", "var/lib/winnow"];
  const skipped = mounted.flatMap((folder) => ["-path", join(place, folder), "-prune", "-o"]);
  const newer = ["-newer", join(place, "tmp", ".started"), "-type", "f", "-print"];
  const written = execFileSync("find", [place, ...skipped, ...newer], { encoding: "utf8" }).trim();
  if (written !== "") {
    throw new Error(`${image} wrote outside /tmp and ${STORAGE}:\n${written}`);
  }
}

async function answers(running, url) {
  const until = performance.now() + READY_MS;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    if (running.child.exitCode !== null || performance.now() > until) {
      throw new Error(
        `${running.image} does not answer at ${url}:\n${running.output().slice(-4000)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
