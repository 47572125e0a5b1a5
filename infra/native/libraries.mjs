/**
 * TensorFlow's libraries in the folder `deps` of tfjs-node or tfjs-node-gpu, where the binding, and
 * TensorFlow itself, look for them.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { searchFolders } from "./elf.mjs";
import { relink } from "./install.mjs";

/** The wheel's libraries, and the names by which binding.gyp and the binding of 2.9 know them. */
const NAMES = {
  "libtensorflow_cc.so.2": ["libtensorflow.so", "libtensorflow.so.2", "libtensorflow.so.2.9.1"],
  "libtensorflow_framework.so.2": ["libtensorflow_framework.so"],
};

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
  relink(cuda, join(deps, "nvidia"));
  const missing = unresolvedLibraries(packageFolder);
  if (missing.length > 0) {
    throw new Error(
      `TensorFlow would not find ${missing.join(", ")}: none of the folders that its RUNPATH names has it.`,
    );
  }
}

/** The libraries of CUDA that TensorFlow in `deps/lib` would not find there by its RUNPATH. */
export function unresolvedLibraries(packageFolder) {
  const folders = Object.keys(NAMES).flatMap((library) =>
    searchFolders(join(packageFolder, "deps", "lib", library)),
  );
  return CUDA_LIBRARIES.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
}

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
  const cuda = join(deps, "nvidia");
  if (!lstatSync(cuda, { throwIfNoEntry: false })) return;
  rmSync(cuda);
  for (const name of readdirSync(join(dirname(source), "nvidia"))) {
    const libraries = join(dirname(source), "nvidia", name, "lib");
    if (!existsSync(libraries)) continue;
    mkdirSync(join(cuda, name), { recursive: true });
    renameSync(libraries, join(cuda, name, "lib"));
  }
}
