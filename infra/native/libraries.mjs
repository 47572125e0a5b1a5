/**
 * TensorFlow's libraries in the folder `deps` of tfjs-node or tfjs-node-gpu, where the binding, and
 * TensorFlow itself, look for them.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { searchFolders } from "./elf.mjs";
import { relink } from "./install.mjs";

/** The wheel's libraries, and the names by which binding.gyp and the binding of 2.9 know them. */
const NAMES = {
  "libtensorflow_cc.so.2": ["libtensorflow.so", "libtensorflow.so.2", "libtensorflow.so.2.9.1"],
  "libtensorflow_framework.so.2": ["libtensorflow_framework.so"],
};

/** By whose RUNPATH TensorFlow opens CUDA: the one that calls the loader. That of the other does not count. */
const OPENER = "libtensorflow_framework.so.2";

/** What TensorFlow opens by name before it takes a GPU: without one of these it takes the CPU. */
export const CUDA_LIBRARIES = [
  "libcudart.so.12",
  "libcublas.so.12",
  "libcublasLt.so.12",
  "libcufft.so.11",
  "libcusolver.so.11",
  "libcusparse.so.12",
  "libcudnn.so.9",
];

/**
 * Links the libraries and headers of `source` (the wheel's folder `tensorflow`) into the package's
 * `deps`; with `gpu` the folder `nvidia` beside it as well. Throws where something is missing.
 */
export function linkLibraries(source, packageFolder, { gpu }) {
  const deps = join(packageFolder, "deps");
  mkdirSync(join(deps, "lib"), { recursive: true });
  for (const [library, links] of Object.entries(NAMES)) {
    const target = join(source, library);
    if (!existsSync(target)) {
      throw new Error(
        `${target} does not exist; --tensorflow names the folder that holds ${library}.`,
      );
    }
    for (const link of [library, ...links]) relink(target, join(deps, "lib", link));
  }
  relink(join(source, "include"), join(deps, "include"));
  if (!gpu) return;
  const cuda = join(dirname(source), "nvidia");
  if (!existsSync(cuda)) {
    throw new Error(
      `${cuda} does not exist; TensorFlow wants CUDA's libraries in a folder nvidia beside its own.`,
    );
  }
  // TensorFlow is opened as deps/lib/..., and looks in ../nvidia of that, whatever the link's target is.
  const own = join(deps, "nvidia");
  rmSync(own, { recursive: true, force: true });
  for (const { name, folder } of librariesIn(cuda)) {
    for (const file of readdirSync(folder).filter((entry) => /\.so\b/.test(entry))) {
      relink(join(folder, file), join(own, name, "lib", file));
    }
  }
  bringIntoReach(packageFolder);
  const missing = unresolvedLibraries(packageFolder);
  if (missing.length > 0) {
    throw new Error(
      `TensorFlow would not find ${missing.join(", ")}: none of the folders that its RUNPATH names has it.`,
    );
  }
}

/** The libraries of CUDA that TensorFlow in `deps/lib` would not find there by its RUNPATH. */
export function unresolvedLibraries(packageFolder) {
  const folders = foldersOf(packageFolder);
  return CUDA_LIBRARIES.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
}

const foldersOf = (packageFolder) => searchFolders(join(packageFolder, "deps", "lib", OPENER));

/**
 * Links what the RUNPATH leaves out beside what it finds: that of TensorFlow 2.21 leaves out cuSOLVER, and Python
 * finds it otherwise. A neighbour's folder: the library finds its own neighbours by `$ORIGIN/../..`.
 */
function bringIntoReach(packageFolder) {
  const nvidia = join(packageFolder, "deps", "nvidia");
  const reached = foldersOf(packageFolder).find(
    (folder) => folder.startsWith(nvidia + sep) && existsSync(folder),
  );
  if (reached === undefined) return;
  for (const library of unresolvedLibraries(packageFolder)) {
    const [place] = librariesIn(nvidia)
      .map(({ folder }) => join(folder, library))
      .filter(existsSync);
    if (place !== undefined) relink(place, join(reached, library));
  }
}

/** The folders `lib` of CUDA's wheels in the folder `nvidia`. */
const librariesIn = (nvidia) =>
  readdirSync(nvidia)
    .map((name) => ({ name, folder: join(nvidia, name, "lib") }))
    .filter(({ folder }) => existsSync(folder));

/**
 * Puts what `linkLibraries` linked into `deps` itself, without what only the build needs, so that
 * the package runs where the wheels are not: in an image. The wheels are used up.
 */
export function moveLibraries(source, packageFolder) {
  const deps = join(packageFolder, "deps");
  for (const [library, links] of Object.entries(NAMES)) {
    const place = join(deps, "lib", library);
    rmSync(place);
    renameSync(join(source, library), place);
    for (const link of links) relink(place, join(deps, "lib", link));
  }
  rmSync(join(deps, "include"));
  const own = join(deps, "nvidia");
  if (!existsSync(own)) return;
  rmSync(own, { recursive: true });
  for (const { name, folder } of librariesIn(join(dirname(source), "nvidia"))) {
    mkdirSync(join(own, name), { recursive: true });
    renameSync(folder, join(own, name, "lib"));
  }
  bringIntoReach(packageFolder);
}
