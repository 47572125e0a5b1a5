// npm run backend:tensorflow [-- --gpu] [--no-check] [--move] [--tensorflow DIR]
// Builds tfjs-node's (or tfjs-node-gpu's) native binding against today's TensorFlow, where the
// package's own download of TensorFlow 2.9 fails or is too old for the GPU. Takes TensorFlow, and with
// --gpu the CUDA libraries that it asks for, from the Python wheels that infra/native pins (pip
// download), or all from --tensorflow, the folder `tensorflow` of an unpacked wheel with `nvidia` beside
// it. Needs python3 with pip, make and a C++ compiler; without one of these or a wheel it exits with
// 69, so that callers can continue without it. --no-check builds on a machine without a GPU; --move
// puts the libraries into the package instead of links to them, for an image.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installNative } from "../../../infra/native/install.mjs";
import { linkLibraries, moveLibraries } from "../../../infra/native/libraries.mjs";
import { fetchWheels } from "../../../infra/native/wheels.mjs";
import { PrepareError, prepare } from "../../../infra/setup/prepare.mjs";

const UNAVAILABLE = 69; // EX_UNAVAILABLE of sysexits.h
const { values: options } = parseArgs({
  options: {
    gpu: { type: "boolean", default: false },
    "no-check": { type: "boolean", default: false },
    move: { type: "boolean", default: false },
    tensorflow: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});
const { gpu } = options;
const root = fileURLToPath(new URL("../../../", import.meta.url));
const name = gpu ? "tfjs-node-gpu" : "tfjs-node";

if (options.move && options.tensorflow !== undefined) {
  fail("--move uses up the wheels that this command has downloaded: leave --tensorflow out.");
}
needTools();
const packageFolder = await ensurePackage();
const tensorflow = options.tensorflow ? resolve(options.tensorflow) : unpackWheels();
attempt(() => linkLibraries(tensorflow, packageFolder, { gpu }));
build(packageFolder);
if (options.move) moveLibraries(tensorflow, packageFolder);
if (!options["no-check"]) check();

/** What the build calls, asked for before anything is downloaded. */
function needTools() {
  const compiler = (process.env.CXX ?? "g++").split(" ")[0];
  for (const tool of [options.python, "make", compiler]) {
    if (spawnSync(tool, ["--version"]).status === 0) continue;
    const install = "On Debian: apt-get install python3-pip make g++.";
    fail(
      `${tool} is not installed, and the binding cannot be built without it. ${install}`,
      UNAVAILABLE,
    );
  }
}

/** The package without its install script, which would download TensorFlow 2.9. */
async function ensurePackage() {
  // The check needs the project built; in an image its sources come later.
  if (!options["no-check"]) {
    await prepare().catch((error) => fail(error instanceof PrepareError ? error.message : error));
  }
  attempt(installNative);
  const folder = join(root, "node_modules", "@tensorflow", name);
  if (!existsSync(join(folder, "binding.gyp"))) {
    fail(`${folder} does not exist, although npm installed it.`);
  }
  return realpathSync(folder);
}

/** Outside node_modules: the wheels are larger than all of that. */
function unpackWheels() {
  const cache = join(root, ".winnow", gpu ? "tensorflow" : "tensorflow-cpu");
  try {
    return fetchWheels(cache, { gpu, python: options.python, say });
  } catch (error) {
    console.error(lastLines(error));
    const instead = "Give an unpacked one with --tensorflow DIR, or use wasm.";
    return fail(`TensorFlow's wheel is not available. ${instead}`, UNAVAILABLE);
  }
}

function build(folder) {
  say(`building the binding of @tensorflow/${name}`);
  const tool = createRequire(join(folder, "package.json")).resolve(
    "@mapbox/node-pre-gyp/bin/node-pre-gyp",
  );
  // Node's own headers, when they stand beside the program, spare a download.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include", "node", "node.h"))
    ? { npm_config_nodedir: prefix }
    : {};
  try {
    execFileSync(process.execPath, [tool, "install", "--build-from-source"], {
      cwd: folder,
      env: { ...process.env, ...headers },
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    console.error(lastLines(error));
    fail(`The binding of @tensorflow/${name} does not compile.`);
  }
}

/** Trains a few steps with known losses, as each worker does at its start. */
function check() {
  const script = `
    const { reportBackend } = await import(${JSON.stringify(join(root, "packages/encoder/dist/index.js"))});
    const report = await reportBackend(${JSON.stringify(name)}, (name) => import(name));
    console.log(report.available ? report.version + ": trains on " + report.device : report.reason);
    process.exit(report.available ? 0 : 3);`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script],
    { cwd: root, encoding: "utf8" },
  );
  if (status === 0) return console.log(stdout.trim());
  console.error(stderr.trim());
  const reason = stdout.trim() || `Its process ended with ${signal ?? `exit code ${status}`}.`;
  const where = gpu ? " On a machine without a GPU, build with --no-check." : "";
  fail(
    `The binding was built, but it does not train: ${reason} TensorFlow's own words are above.${where}`,
  );
}

function attempt(work) {
  try {
    work();
  } catch (error) {
    fail(error.message);
  }
}

function lastLines(error) {
  return String(error.stderr ?? error)
    .split("\n")
    .slice(-15)
    .join("\n");
}

function say(text) {
  console.log(`  ${text} ...`);
}

function fail(text, code = 1) {
  console.error(text);
  process.exit(code);
}
