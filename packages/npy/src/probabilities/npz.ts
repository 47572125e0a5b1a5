import { NpyError } from "../errors.js";

/**
 * Which member of a zip archive is the array: the one that is named, or the only one. `members` are
 * the names of its files, `wanted` the name that numpy shows, without `.npy`. Throws `several-arrays`
 * and `no-array` with what the archive holds.
 */
export function arrayOf(members: readonly string[], wanted?: string): string {
  const arrays = members.filter((name) => name.endsWith(".npy"));
  const named = wanted?.replace(/\.npy$/, "");
  const found = named === undefined ? arrays : arrays.filter((name) => name === `${named}.npy`);
  if (found.length === 1) return found[0]!;
  const held = arrays.map((name) => JSON.stringify(name.slice(0, -4))).join(", ");
  if (arrays.length === 0) throw new NpyError("no-array", noArray(members));
  if (named === undefined) {
    throw new NpyError(
      "several-arrays",
      `npz: the file holds ${arrays.length} arrays: ${held}; name the one that is meant`,
    );
  }
  const name = JSON.stringify(named);
  throw new NpyError("no-array", `npz: the file holds no array ${name}; it holds ${held}`);
}

function noArray(members: readonly string[]): string {
  if (members.some((name) => /(^|\/)data\.pkl$/.test(name))) {
    return 'npz: the file is of PyTorch; np.save("probs.npy", torch.load("probs.pt").numpy())';
  }
  if (members.some((name) => name.startsWith("xl/"))) {
    const read = 'pandas.read_excel("probs.xlsx").to_numpy(dtype="float32")';
    return `npz: the file is an Excel workbook; np.save("probs.npy", ${read})`;
  }
  const shown = members.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 80)));
  const held = members.length === 0 ? "no file" : shown.join(", ");
  return `npz: the zip archive holds no array of numpy, but ${held}; np.save writes an array`;
}
