import { EncoderError } from "../../errors.js";
import type { Weights } from "../../model/parameters.js";
import { widenBfloat16, widenHalf } from "../../numeric/half-precision.js";
import { PickledTensor, PickleFault, type Storage } from "./pickled-tensor.js";
import { ArchiveFault, openStoredZip } from "./stored-zip.js";
import { readTensorPickle } from "./tensor-pickle.js";

/** How the numbers of a storage lie in the file, and how they are read. */
interface NumberType {
  readonly width: number;
  read(bytes: Uint8Array): ArrayLike<number>;
}

const typed =
  (make: (buffer: ArrayBuffer) => ArrayLike<number>) =>
  (bytes: Uint8Array): ArrayLike<number> =>
    // A copy, because a storage may start at any byte; slicing a Buffer would not copy.
    make(new Uint8Array(bytes).buffer);

const TYPES: Record<string, NumberType> = {
  Float: { width: 4, read: typed((b) => new Float32Array(b)) },
  Double: { width: 8, read: typed((b) => new Float64Array(b)) },
  Half: { width: 2, read: typed((b) => Float32Array.from(new Uint16Array(b), widenHalf)) },
  BFloat16: { width: 2, read: typed((b) => widenBfloat16(new Uint16Array(b))) },
  Long: { width: 8, read: typed((b) => Float64Array.from(new BigInt64Array(b), Number)) },
  Int: { width: 4, read: typed((b) => new Int32Array(b)) },
  Short: { width: 2, read: typed((b) => new Int16Array(b)) },
  Char: { width: 1, read: typed((b) => new Int8Array(b)) },
  Byte: { width: 1, read: (bytes) => bytes },
  Bool: { width: 1, read: (bytes) => bytes },
};

/** A pickle is read whole; one of tensors alone is a few hundred kilobytes. */
const MOST_PICKLE_BYTES = 64 * 2 ** 20;
/** Dictionaries in which programs put the weights beside other things. */
const WRAPPERS = ["state_dict", "model_state_dict", "model", "module"];

type BytesOf = (storage: Storage) => Uint8Array;

/**
 * Reads a file of `torch.save` (the zip archive, or the pickles of before 1.6): a dictionary of
 * tensors, whose numbers are read when they are asked for. Nothing in it is run: a pickle that does
 * more than build tensors is refused. Throws `unsupported-checkpoint` for such, `bad-checkpoint` for
 * damage and for sizes that do not fit.
 */
export function openPytorchFile(name: string, bytes: Uint8Array): Weights {
  try {
    return bytes[0] === 0x50 && bytes[1] === 0x4b ? openArchive(bytes) : openLegacy(bytes);
  } catch (cause) {
    if (cause instanceof PickleFault) {
      throw new EncoderError(
        "unsupported-checkpoint",
        `${name} is refused, and nothing in it was run: ${cause.message}. Save the tensors alone: torch.save(model.state_dict(), ...), or model.save_pretrained(folder, safe_serialization=True).`,
        { cause },
      );
    }
    if (!(cause instanceof ArchiveFault)) throw cause;
    const message = `${name} cannot be read: ${cause.message}.`;
    throw new EncoderError("bad-checkpoint", message, { cause });
  }
}

function openArchive(bytes: Uint8Array): Weights {
  const members = openStoredZip(bytes);
  const pickle = [...members.keys()].find((member) => /^([^/]+\/)?data\.pkl$/.test(member));
  if (pickle === undefined)
    throw new ArchiveFault("the archive holds no data.pkl; it is not from torch.save");
  const root = pickle.slice(0, -"data.pkl".length);
  const order = members.get(`${root}byteorder`)?.();
  if (order !== undefined && new TextDecoder().decode(order).trim() !== "little")
    throw new ArchiveFault("it was written on a big-endian machine");
  const program = members.get(pickle)!();
  if (program.length > MOST_PICKLE_BYTES)
    throw new ArchiveFault(`its data.pkl has ${program.length} bytes`);
  return tensorsOf(readTensorPickle(program).value, ({ key }) => {
    const member = members.get(`${root}data/${key}`);
    if (member === undefined)
      throw new ArchiveFault(`it holds no data/${key}, which a tensor needs`);
    return member();
  });
}

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/** Pickles one after the other: magic number, version, system, tensors, the storages' order. */
function openLegacy(bytes: Uint8Array): Weights {
  let at = 0;
  const next = (): unknown => {
    const { value, end } = readTensorPickle(bytes, at);
    at = end;
    return value;
  };
  if (bytes[0] !== 0x80) throw new ArchiveFault("it is no file of torch.save");
  if (next() !== LEGACY_MAGIC) throw new ArchiveFault("it is a pickle, but not from torch.save");
  if (next() !== 1001) throw new ArchiveFault("it is of another version of torch.save");
  const system = next();
  if (system instanceof Map && system.get("little_endian") === false)
    throw new ArchiveFault("it was written on a big-endian machine");
  const root = next();
  const keys = next();
  const storages = storagesOf(root);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Map<string, Uint8Array>();
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = storages.get(key);
    if (storage === undefined)
      throw new ArchiveFault(`it holds numbers ${String(key)} that no tensor names`);
    const length = at + 8 <= bytes.length ? Number(view.getBigUint64(at, true)) : -1;
    const size = storage.length * TYPES[storage.type]!.width;
    if (length !== storage.length || at + 8 + size > bytes.length)
      throw new ArchiveFault(`its numbers ${key} end beyond the file; is it cut off?`);
    data.set(storage.key, bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return tensorsOf(root, ({ key }) => {
    const found = data.get(key);
    if (found === undefined)
      throw new ArchiveFault(`it holds no numbers ${key}, which a tensor needs`);
    return found;
  });
}

/** The tensors of the file's dictionary, or of the one inside that holds the weights. */
function namedTensors(root: unknown): [string, PickledTensor][] {
  const inside = root instanceof Map ? WRAPPERS.map((name) => root.get(name)) : [];
  for (const candidate of [root, ...inside]) {
    if (!(candidate instanceof Map)) continue;
    const found = [...candidate].filter(
      (entry): entry is [string, PickledTensor] =>
        typeof entry[0] === "string" && entry[1] instanceof PickledTensor,
    );
    if (found.length > 0) return found;
  }
  throw new PickleFault("it holds no dictionary of tensors");
}

function storagesOf(root: unknown): Map<unknown, Storage> {
  return new Map(namedTensors(root).map(([, { storage }]) => [storage.key, storage]));
}

function tensorsOf(root: unknown, bytesOf: BytesOf): Weights {
  const tensors: Weights = new Map();
  for (const [name, tensor] of namedTensors(root)) {
    // Sizes are held against the file before anything is allocated for them.
    const { type, key, length } = tensor.storage;
    const available = bytesOf(tensor.storage).length;
    if (length * TYPES[type]!.width > available)
      throw new ArchiveFault(
        `its storage ${key} claims ${length} numbers, and has ${available} bytes`,
      );
    tensors.set(name, {
      shape: tensor.shape,
      get values() {
        return gather(tensor, bytesOf);
      },
    });
  }
  return tensors;
}

/** A tensor's numbers in the order of its axes, whatever its strides are. */
function gather(
  { storage, offset, shape, strides }: PickledTensor,
  bytesOf: BytesOf,
): Float32Array {
  const { width, read } = TYPES[storage.type]!;
  const elements = shape.reduce((product, side) => product * side, 1);
  if (elements === 0) return new Float32Array(0);
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis]!, 0);
  const part = bytesOf(storage).subarray(offset * width, (offset + last + 1) * width);
  const numbers = read(part);
  const values = new Float32Array(elements);
  const place = shape.map(() => 0);
  for (let i = 0, at = 0; i < elements; i++) {
    values[i] = numbers[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      place[axis]!++;
      if (place[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return values;
}
