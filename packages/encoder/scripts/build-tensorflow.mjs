// npm run backend:tensorflow [-- --gpu] [--no-check] [--tensorflow DIR] [--modules DIR]
// Builds tfjs-node's (or tfjs-node-gpu's) native binding against today's TensorFlow, where the
// package's own download of TensorFlow 2.9 fails or is too old for the GPU. Takes TensorFlow from
// the Python wheel (pip download), with --gpu also the CUDA libraries that the wheel asks for, or
// all from --tensorflow, the folder `tensorflow` of an unpacked one with `nvidia` beside it. Needs
// python3 with pip, make and a C++ compiler; without one of these or the wheel it exits with 69, so
// that callers can continue without it. --no-check builds on a machine without a GPU, for an image.
// --modules names another node_modules folder that holds the package (default: this project's, with
// what infra/native installs).
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installNative, relink } from "../../../infra/native/install.mjs";
import { PrepareError, prepare } from "../../../infra/setup/prepare.mjs";

const VERSION = "4.22.0";
/** Of the wheel; on an H100 this one has run. */
const TENSORFLOW = "2.21.0";
const UNAVAILABLE = 69; // EX_UNAVAILABLE of sysexits.h
const { values: options } = parseArgs({
  options: {
    gpu: { type: "boolean", default: false },
    "no-check": { type: "boolean", default: false },
    tensorflow: { type: "string" },
    modules: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});
const root = fileURLToPath(new URL("../../../", import.meta.url));
const modules = resolve(options.modules ?? join(root, "node_modules"));
const name = options.gpu ? "tfjs-node-gpu" : "tfjs-node";
const wheel = options.gpu ? "tensorflow" : "tensorflow-cpu";

needTools();
const packageFolder = await ensurePackage();
const tensorflow = options.tensorflow ? resolve(options.tensorflow) : unpackWheel();
linkLibraries(tensorflow, packageFolder);
build(packageFolder);
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
  const folder = join(modules, "@tensorflow", name);
  if (options.modules === undefined) {
    await prepare().catch((error) => fail(error instanceof PrepareError ? error.message : error));
    installNative();
  } else if (!existsSync(join(folder, "binding.gyp"))) {
    say(`installing @tensorflow/${name}@${VERSION}`);
    const args = ["install", "--no-save", "--ignore-scripts", `@tensorflow/${name}@${VERSION}`];
    run("npm", args, dirname(modules));
  }
  if (!existsSync(join(folder, "binding.gyp"))) {
    fail(`${folder} does not exist, although npm installed it.`);
  }
  return realpathSync(folder);
}

/** Downloads and unpacks the wheels once, outside node_modules: they are larger than all of that. */
function unpackWheel() {
  const cache = join(root, ".winnow", wheel);
  const unpacked = join(cache, "tensorflow");
  if (!existsSync(join(unpacked, "libtensorflow_cc.so.2"))) fetch(cache, `${wheel}==${TENSORFLOW}`);
  if (options.gpu) {
    const missing = cudaRequirements(cache).filter(
      (name) => !existsSync(join(cache, "unpacked", requirementName(name))),
    );
    for (const requirement of missing) {
      fetch(cache, requirement);
      mkdirSync(join(cache, "unpacked", requirementName(requirement)), { recursive: true });
    }
  }
  return unpacked;
}

/** The CUDA libraries of the extra `and-cuda`, as the wheel's metadata pins them. */
function cudaRequirements(cache) {
  const info = readdirSync(cache).find((entry) => /^tensorflow.*\.dist-info$/.test(entry));
  if (info === undefined)
    fail(`${cache} holds no metadata of the wheel; delete it and start again.`);
  const metadata = readFileSync(join(cache, info, "METADATA"), "utf8");
  return [...metadata.matchAll(/^Requires-Dist: (nvidia-[^;]+?)\s*; extra == "and-cuda"/gm)].map(
    ([, requirement]) => requirement,
  );
}

const requirementName = (requirement) => /^[\w-]+/.exec(requirement)[0];

/** Downloads one wheel into the cache and unpacks it there. */
function fetch(cache, requirement) {
  mkdirSync(cache, { recursive: true });
  say(`downloading the Python wheel of ${requirement}`);
  const pip = ["-m", "pip", "download", "--retries", "2", "--timeout", "30", "--no-deps"];
  try {
    run(options.python, [...pip, "--only-binary=:all:", "--dest", cache, requirement]);
  } catch {
    const instead = "Give an unpacked one with --tensorflow DIR, or use wasm.";
    fail(`No wheel of ${requirement} is available. ${instead}`, UNAVAILABLE);
  }
  for (const file of readdirSync(cache).filter((entry) => entry.endsWith(".whl"))) {
    say(`unpacking ${file}`);
    run(options.python, ["-m", "zipfile", "-e", join(cache, file), cache]);
    rmSync(join(cache, file));
  }
}

/** Puts the wheel's libraries and headers where binding.gyp looks for those of 2.9. */
function linkLibraries(source, folder) {
  const libraries = join(folder, "deps", "lib");
  mkdirSync(libraries, { recursive: true });
  const names = {
    "libtensorflow_cc.so.2": [
      "libtensorflow_cc.so.2",
      "libtensorflow.so",
      "libtensorflow.so.2",
      "libtensorflow.so.2.9.1",
    ],
    "libtensorflow_framework.so.2": ["libtensorflow_framework.so.2", "libtensorflow_framework.so"],
  };
  for (const [library, links] of Object.entries(names)) {
    const target = join(source, library);
    if (!existsSync(target))
      fail(`${target} does not exist; --tensorflow names the folder that holds ${library}.`);
    for (const link of links) relink(target, join(libraries, link));
  }
  relink(join(source, "include"), join(folder, "deps", "include"));
  // The library looks for CUDA in ../nvidia of the folder that it was opened in.
  const cuda = join(dirname(source), "nvidia");
  if (options.gpu && existsSync(cuda)) relink(cuda, join(folder, "deps", "nvidia"));
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
  run(process.execPath, [tool, "install", "--build-from-source"], folder, headers);
}

function check() {
  const script = `
    const { createRequire } = require("node:module");
    const load = createRequire(${JSON.stringify(join(modules, "from-here.js"))});
    const tf = load("@tensorflow/${name}");
    console.log("TensorFlow", tf.backend().binding.TF_Version, tf.backend().isUsingGpuDevice ? "on the GPU" : "on the CPU");
    if (${options.gpu} && !tf.backend().isUsingGpuDevice) process.exit(3);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
    encoding: "utf8",
  });
  if (status === 0) return console.log(stdout.trim());
  console.error(stderr.trim());
  const where = options.gpu
    ? " on a GPU; TensorFlow's own words are above. On a machine without one, build with --no-check."
    : "; its own words are above.";
  fail(`The binding was built, but it does not run${where}`);
}

function run(command, args, cwd = root, env = {}) {
  try {
    execFileSync(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    console.error(
      String(error.stderr ?? error)
        .split("\n")
        .slice(-15)
        .join("\n"),
    );
    throw error;
  }
}

function say(text) {
  console.log(`  ${text} ...`);
}

function fail(text, code = 1) {
  console.error(text);
  process.exit(code);
}
