import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { searchFolders } from "../../../infra/native/elf.mjs";
import {
  CUDA_LIBRARIES,
  linkLibraries,
  moveLibraries,
  unresolvedLibraries,
} from "../../../infra/native/libraries.mjs";
import { disagreements, requirementsFile } from "../../../infra/native/wheels.mjs";
import { writeSharedLibrary } from "./shared-library.js";

const root = mkdtempSync(join(tmpdir(), "winnow-libraries-"));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** In which folder of `nvidia` each wheel puts its libraries. */
const FOLDERS: Readonly<Record<string, string>> = {
  "libcudart.so.12": "cuda_runtime",
  "libcublas.so.12": "cublas",
  "libcublasLt.so.12": "cublas",
  "libcufft.so.11": "cufft",
  "libcusolver.so.11": "cusolver",
  "libcusparse.so.12": "cusparse",
  "libcudnn.so.9": "cudnn",
};
/** As in the wheel of TensorFlow 2.21: libtensorflow_cc.so.2 names cuSOLVER alone, the other the rest. */
const RUNPATHS = {
  cc: runpath("cusolver"),
  framework: runpath("nccl", "cuda_cupti", "cublas", "cudnn", "cufft", "cusparse", "cuda_runtime"),
};

function runpath(...names: string[]): string {
  return names.map((n) => `$ORIGIN/../../nvidia/${n}/lib:$ORIGIN/../nvidia/${n}/lib`).join(":");
}

/**
 * Unpacked wheels of TensorFlow and CUDA, and the package with its binding elsewhere. libtensorflow_framework.so.2
 * opens CUDA by name, by its own RUNPATH; here it needs it, which the loader resolves by the same RUNPATH.
 */
function makeFolders({ without = "" } = {}) {
  const place = join(root, String(++count));
  const wheel = join(place, "cache", "tensorflow");
  const cuda = CUDA_LIBRARIES.filter((name) => name !== without);
  writeSharedLibrary(join(wheel, "libtensorflow_cc.so.2"), {
    soname: "libtensorflow_cc.so.2",
    needed: ["libtensorflow_framework.so.2"],
    runpath: `$ORIGIN/:${RUNPATHS.cc}`,
  });
  writeSharedLibrary(join(wheel, "libtensorflow_framework.so.2"), {
    soname: "libtensorflow_framework.so.2",
    needed: [...CUDA_LIBRARIES],
    runpath: RUNPATHS.framework,
  });
  mkdirSync(join(wheel, "include"));
  for (const name of cuda) {
    const file = join(place, "cache", "nvidia", FOLDERS[name]!, "lib", name);
    // As the real one, cuSOLVER finds cuSPARSE by its neighbours.
    const ofSolver = { needed: ["libcusparse.so.12"], runpath: "$ORIGIN/../../cusparse/lib" };
    writeSharedLibrary(file, { soname: name, ...(/solver/.test(name) && ofSolver) });
  }
  const packageFolder = join(place, "package");
  const binding = join(packageFolder, "lib", "napi-v8", "tfjs_binding.node");
  writeSharedLibrary(binding, {
    needed: ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"],
    runpath: "$ORIGIN/../../deps/lib",
  });
  return { place, wheel, packageFolder, binding };
}

/** What the machine's own loader says when Node opens a binding. */
function open(binding: string): string {
  const script = `process.dlopen({ exports: {} }, ${JSON.stringify(binding)})`;
  const env = { PATH: process.env.PATH };
  return spawnSync(process.execPath, ["-e", script], { env, encoding: "utf8" }).stderr;
}

/** Every library was found; then Node notices that the binding holds no code. */
const ALL_FOUND = /Module did not self-register/;

it("the loader finds CUDA by TensorFlow's RUNPATH through the links, and not without the link nvidia", () => {
  const { wheel, packageFolder, binding } = makeFolders();
  linkLibraries(wheel, packageFolder, { gpu: true });
  expect(open(binding)).toMatch(ALL_FOUND);
  expect(unresolvedLibraries(packageFolder)).toEqual([]);

  rmSync(join(packageFolder, "deps", "nvidia"), { recursive: true });
  expect(open(binding)).toMatch(/libc\w+\.so\.\d+: cannot open shared object file/);
  expect(unresolvedLibraries(packageFolder)).toEqual(CUDA_LIBRARIES);
});

it.each(CUDA_LIBRARIES)("a wheel without %s is said before anything is compiled", (missing) => {
  const { wheel, packageFolder, binding } = makeFolders({ without: missing });
  expect(() => linkLibraries(wheel, packageFolder, { gpu: true })).toThrow(
    `TensorFlow would not find ${missing}: none of the folders that its RUNPATH names has it.`,
  );
  expect(open(binding)).toContain(`${missing}: cannot open shared object file`);
});

it("cuSOLVER, which the RUNPATH that counts does not name, is found as well", () => {
  const { wheel, packageFolder, binding } = makeFolders();
  const searched = () =>
    searchFolders(join(packageFolder, "deps/lib/libtensorflow_framework.so.2"));
  linkLibraries(wheel, packageFolder, { gpu: true });
  expect(searched().filter((folder) => folder.includes("cusolver"))).toEqual([]);
  expect(open(binding)).toMatch(ALL_FOUND);
  // A second run, as after `npm ci`, finds it again.
  linkLibraries(wheel, packageFolder, { gpu: true });
  expect(open(binding)).toMatch(ALL_FOUND);
});

it("a TensorFlow without CUDA beside it, and a folder that holds none, are refused by name", () => {
  const { wheel, packageFolder, place } = makeFolders();
  rmSync(join(place, "cache", "nvidia"), { recursive: true });
  expect(() => linkLibraries(wheel, packageFolder, { gpu: true })).toThrow(/nvidia does not exist/);
  expect(() => linkLibraries(place, packageFolder, { gpu: false })).toThrow(
    /libtensorflow_cc\.so\.2 does not exist; --tensorflow names the folder that holds/,
  );
  linkLibraries(wheel, packageFolder, { gpu: false });
  expect(existsSync(join(packageFolder, "deps", "nvidia"))).toBe(false);
});

it("moved libraries are found where the wheels are gone, as in an image", () => {
  const { wheel, packageFolder, binding, place } = makeFolders();
  linkLibraries(wheel, packageFolder, { gpu: true });
  moveLibraries(wheel, packageFolder);
  rmSync(join(place, "cache"), { recursive: true });
  expect(open(binding)).toMatch(ALL_FOUND);
  expect(unresolvedLibraries(packageFolder)).toEqual([]);
  expect(existsSync(join(packageFolder, "deps", "include"))).toBe(false);
});

it("a RUNPATH is read whatever its length, and a file of another kind is refused", () => {
  const file = join(root, "long.so");
  const long = Array.from({ length: 900 }, (_, i) => `$ORIGIN/../nvidia/${i}/lib`);
  writeSharedLibrary(file, { runpath: long.join(":") });
  expect(searchFolders(file)).toEqual(long.map((folder) => join(folder.replace("$ORIGIN", root))));
  writeSharedLibrary(file, {});
  expect(searchFolders(file)).toEqual([]);
  expect(() => searchFolders(requirementsFile(true))).toThrow(/is no 64-bit ELF library/);
});

/** Of the metadata of TensorFlow 2.21.0. */
const ASKED = {
  "nvidia-cublas-cu12": "<13.0,>=12.5.3.2",
  "nvidia-cuda-cupti-cu12": "<13.0,>=12.5.82",
  "nvidia-cuda-nvcc-cu12": "<13.0,>=12.5.82",
  "nvidia-cuda-nvrtc-cu12": "<13.0,>=12.5.82",
  "nvidia-cuda-runtime-cu12": "<13.0,>=12.5.82",
  "nvidia-cudnn-cu12": "<10.0,>=9.3.0.75",
  "nvidia-cufft-cu12": "<12.0,>=11.2.3.61",
  "nvidia-curand-cu12": "<11.0,>=10.3.6.82",
  "nvidia-cusolver-cu12": "<12.0,>=11.6.3.83",
  "nvidia-cusparse-cu12": "<13.0,>=12.5.1.3",
  "nvidia-nccl-cu12": "<3.0,>=2.27.7",
  "nvidia-nvjitlink-cu12": "<13.0,>=12.5.82",
};
/** As in the wheel: before the extra stands what TensorFlow's Python asks for, after it another extra. */
const metadata = (asked: Record<string, string>) =>
  [
    "Requires-Dist: absl-py>=1.0.0",
    "Requires-Dist: gast!=0.5.0,!=0.5.1,>=0.2.1",
    "Requires-Dist: packaging",
    "Provides-Extra: and-cuda",
    ...Object.entries(asked).map(
      ([name, range]) => `Requires-Dist: ${name}${range}; extra == "and-cuda"`,
    ),
    'Requires-Dist: tensorflow-io>=0.23.1; (sys_platform != "win32") and extra == "gcs-filesystem"',
    "",
  ].join("\n");

it("the pins are what TensorFlow asks for, each with a hash; another demand is named", () => {
  const pins = readFileSync(requirementsFile(true), "utf8");
  const lines = pins.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) expect(line).toMatch(/^[\w-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}$/);
  expect(lines.map((line) => line.split("==")[0]).sort()).toEqual(
    ["tensorflow", ...Object.keys(ASKED)].sort(),
  );
  expect(disagreements(metadata(ASKED), pins)).toEqual([]);
  const other = { ...ASKED, "nvidia-cublas-cu12": ">=13.0", "nvidia-nvshmem-cu12": "" };
  expect(disagreements(metadata(other), pins)).toEqual([
    expect.stringMatching(
      /^TensorFlow asks for nvidia-cublas-cu12 >=13\.0, and 12\.\S+ is pinned$/,
    ),
    "TensorFlow asks for nvidia-nvshmem-cu12, which is not pinned",
  ]);
});
