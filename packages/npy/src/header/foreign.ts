import { NpyError } from "../errors.js";

/** How many bytes of a file tell what it is. */
export const TELLING_BYTES = 512;

const INTO = 'np.save("probs.npy", ';

/** Files that are brought in the place of npy, by their first bytes as latin-1, and what makes npy of them. */
const KINDS: readonly { readonly starts: string; readonly name: string; readonly fix: string }[] = [
  {
    starts: "PAR1",
    name: "parquet",
    fix: `${INTO}pandas.read_parquet("probs.parquet").to_numpy(dtype="float32"))`,
  },
  {
    starts: "ARROW1",
    name: "an Arrow (Feather) file",
    fix: `${INTO}pandas.read_feather("probs.feather").to_numpy(dtype="float32"))`,
  },
  {
    starts: "\x89HDF",
    name: "an HDF5 file",
    fix: `${INTO}h5py.File("probs.h5")["probs"][:])`,
  },
  ...["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map((starts) => ({
    starts,
    name: "a Python pickle",
    fix: `${INTO}np.asarray(pandas.read_pickle("probs.pkl"), dtype="float32"))`,
  })),
  {
    starts: "MATLAB 5.0",
    name: "a MATLAB file",
    fix: `${INTO}scipy.io.loadmat("probs.mat")["probs"])`,
  },
  { starts: "PK", name: "a zip archive", fix: "use the npz as it is, or np.save of one array" },
  { starts: "\x1f\x8b", name: "gzip data", fix: "unpack it once: gunzip FILE" },
  { starts: "\x28\xb5\x2f\xfd", name: "zstd data", fix: "unpack it once: zstd -d FILE" },
  { starts: "BZh", name: "bzip2 data", fix: "unpack it: bunzip2 FILE" },
  { starts: "\xfd7zXZ", name: "xz data", fix: "unpack it: unxz FILE" },
  {
    starts: "\xd0\xcf\x11\xe0",
    name: "an old Office file",
    fix: `${INTO}pandas.read_excel("probs.xls").to_numpy(dtype="float32"))`,
  },
  {
    starts: "version https://git-lfs",
    name: "the pointer of a file in Git LFS",
    fix: "fetch the file itself: git lfs pull",
  },
];

/** The error for a file that is not npy: what its first bytes (`TELLING_BYTES`) show it is, and the fix. */
export function notNpy(head: Uint8Array): NpyError {
  const text = Array.from(head.subarray(0, TELLING_BYTES), (byte) =>
    String.fromCharCode(byte),
  ).join("");
  const { name, fix } = kindOf(text);
  return new NpyError("not-npy", `npy: the file is ${name}, not npy; ${fix}`);
}

function kindOf(text: string): { name: string; fix: string } {
  const kind = KINDS.find(({ starts }) => text.startsWith(starts));
  if (kind !== undefined) return kind;
  if (/^.{8}\{"/s.test(text) && text.slice(4, 8) === "\0\0\0\0") {
    const fix = `${INTO}safetensors.numpy.load_file("probs.safetensors")["probs"])`;
    return { name: "a safetensors file", fix };
  }
  if (isText(text)) return textKind(text);
  const fix = "if it holds raw numbers, ";
  return {
    name: "of an unknown kind",
    fix: `${fix}${INTO}np.fromfile("probs.bin", dtype="float32").reshape(rows, classes))`,
  };
}

/** Whether there are no control characters but blanks and line ends. */
const isText = (text: string): boolean =>
  text.trim() !== "" && [...text].every((character) => character >= " " || /\s/.test(character));

function textKind(text: string): { name: string; fix: string } {
  const start = text.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (/^[[{]/.test(start)) {
    const fix = `${INTO}np.array(json.load(open("probs.json")), dtype="float32"))`;
    return { name: "JSON", fix };
  }
  const firstLine = start.split(/[\r\n]/, 1)[0]!;
  const delimiter = ["\t", ";", ","].find((mark) => firstLine.includes(mark));
  const hasHeader = /[^\d\s.,;eE+-]/.test(firstLine.replaceAll(/\b(nan|inf)\b/gi, ""));
  const shown = delimiter === undefined ? "" : `, delimiter=${JSON.stringify(delimiter)}`;
  const read = hasHeader
    ? `pandas.read_csv("probs.csv"${delimiter === "," ? "" : shown}).to_numpy(dtype="float32")`
    : `np.loadtxt("probs.csv"${shown}, dtype="float32")`;
  return { name: "text (csv or the like)", fix: `${INTO}${read})` };
}
