/** TensorFlow's Python wheel, and those of CUDA, at the versions and hashes of requirements-*.txt. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The wheels' own tags: pip then takes them whatever Python it runs on. */
const TAGS = [
  ...["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none"],
  ...["manylinux_2_27_x86_64", "manylinux_2_25_x86_64", "manylinux2014_x86_64"].flatMap((tag) => [
    "--platform",
    tag,
  ]),
];

/** Of a wheel, what the build and the running binding need: no Python. */
const UNPACK = `
import re, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
wanted = re.compile(r"tensorflow/(include/|libtensorflow_)|nvidia/[^/]+/lib/|[^/]+\\.dist-info/(METADATA|LICENSE|License)")
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if wanted.match(name)])
`;

export const requirementsFile = (gpu) =>
  fileURLToPath(new URL(`requirements-${gpu ? "gpu" : "cpu"}.txt`, import.meta.url));

/**
 * Downloads and unpacks the wheels into `cache`, unless it holds these already; returns the folder
 * `tensorflow` of it. `say` gets a line for each step. Throws where pip cannot get a wheel, or where TensorFlow's own
 * metadata asks for other libraries than ours.
 */
export function fetchWheels(cache, { gpu, python, say }) {
  const pins = readFileSync(requirementsFile(gpu), "utf8");
  const key = createHash("sha256").update(pins).digest("hex");
  const stamp = join(cache, ".requirements");
  const tensorflow = join(cache, "tensorflow");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === key) return tensorflow;
  rmSync(cache, { recursive: true, force: true });
  const partial = `${cache}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const pin of pins.split("\n").filter((line) => /^\w/.test(line))) {
    say(`downloading the Python wheel of ${pin.split(" ")[0]}`);
    fetchOne(pin, partial, python);
    if (!gpu || !pin.startsWith("tensorflow==")) continue;
    // Before the gigabytes of CUDA.
    const wrong = disagreements(readMetadata(partial), pins);
    if (wrong.length > 0) throw new Error(`requirements-gpu.txt is stale: ${wrong.join("; ")}.`);
  }
  writeFileSync(join(partial, ".requirements"), key);
  renameSync(partial, cache);
  return tensorflow;
}

function fetchOne(pin, folder, python) {
  const list = join(folder, "requirement.txt");
  writeFileSync(list, `${pin}\n`);
  const pip = ["-m", "pip", "download", "--retries", "2", "--timeout", "30", "--no-deps"];
  const which = ["--only-binary=:all:", "--require-hashes", ...TAGS, "--requirement", list];
  execFileSync(python, [...pip, ...which, "--dest", folder], { stdio: ["ignore", "pipe", "pipe"] });
  rmSync(list);
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith(".whl"))) {
    execFileSync(python, ["-c", UNPACK, join(folder, file), folder]);
    rmSync(join(folder, file));
  }
}

function readMetadata(folder) {
  const info = readdirSync(folder).find((entry) => /^tensorflow.*\.dist-info$/.test(entry));
  return readFileSync(join(folder, info, "METADATA"), "utf8");
}

/**
 * In what the pins differ from the extra `and-cuda` of TensorFlow's metadata, a sentence each: a
 * library that is not pinned, or a version outside the range asked for.
 */
export function disagreements(metadata, pins) {
  const pinned = new Map(
    [...pins.matchAll(/^([\w-]+)==(\S+)/gm)].map(([, name, version]) => [name, version]),
  );
  const asked = metadata.matchAll(
    /^Requires-Dist: ([\w-]+?) *([<>=!~][^;\n]*?)? *; extra == "and-cuda"/gm,
  );
  return [...asked].flatMap(([, name, range = ""]) => {
    const version = pinned.get(name);
    if (version === undefined) return [`TensorFlow asks for ${name}, which is not pinned`];
    if (range.split(",").filter(Boolean).every(holds(version))) return [];
    return [`TensorFlow asks for ${name} ${range}, and ${version} is pinned`];
  });
}

/** Whether a version of numbers alone satisfies `>=1.2`, `<2`, `==1.2.3` and the like. */
const holds = (version) => (clause) => {
  const [, operator, bound] = /^\s*([<>=!]=|<|>)\s*([\d.]+)\s*$/.exec(clause) ?? [];
  const order = compare(version, bound ?? "");
  switch (operator) {
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    default:
      return false;
  }
};

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = (left[i] ?? 0) - (right[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
