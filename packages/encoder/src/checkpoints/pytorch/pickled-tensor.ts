/** Why a pickle is refused. */
export class PickleFault extends Error {}

/** Numbers of a file that tensors look into. */
export interface Storage {
  readonly type: string;
  readonly key: string;
  /** Its numbers. */
  readonly length: number;
}

/** A view of a storage. */
export class PickledTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** A global name that a pickle may mention; it is never looked up. */
export class Global {
  constructor(readonly name: string) {}
}

/** What a pickle can hold here: plain data, and tensors. */
export type Pickled = unknown;

const REBUILD = new Set(["torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"]);
const PARAMETER = "torch._utils._rebuild_parameter";
const ORDERED = "collections.OrderedDict";
const STORAGE = /^torch\.(Float|Half|BFloat16|Double|Long|Int|Short|Char|Byte|Bool)Storage$/;

/** Whether a pickle of tensors may mention the name. */
export const isKnown = (name: string): boolean =>
  REBUILD.has(name) || name === PARAMETER || name === ORDERED || STORAGE.test(name);

/** What PyTorch's own functions would return, for the few that build tensors. */
export function rebuilt(callee: Pickled, given: Pickled): Pickled {
  if (!(callee instanceof Global) || !Array.isArray(given))
    throw new PickleFault("it calls something that is no function of PyTorch");
  const [first, offset, shape, strides] = given as Pickled[];
  if (callee.name === ORDERED && given.length === 0) return new Map();
  if (callee.name === PARAMETER && first instanceof PickledTensor) return first;
  if (REBUILD.has(callee.name) && isStorage(first)) return tensorOf(first, offset, shape, strides);
  throw new PickleFault(`it calls ${callee.name} with arguments that build no tensor`);
}

/** Throws PickleFault for a view that reaches beyond its storage, or that is larger than it. */
function tensorOf(
  storage: Storage,
  offset: Pickled,
  shape: Pickled,
  strides: Pickled,
): PickledTensor {
  if (
    !isCount(offset) ||
    !areCounts(shape) ||
    !areCounts(strides) ||
    shape.length !== strides.length
  )
    throw new PickleFault("a tensor's offset, shape or strides are no whole numbers");
  const elements = shape.reduce((product, side) => product * side, 1);
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis]!, offset);
  if (elements > 0 && (elements > storage.length || last >= storage.length)) {
    throw new PickleFault(
      `a tensor of shape [${shape}] reaches beyond its storage of ${storage.length} numbers`,
    );
  }
  return new PickledTensor(storage, offset, shape, strides);
}

/** What a persistent id names: always the numbers of a tensor. */
export function storageOf(id: Pickled): Storage {
  const [kind, type, key, , length] = Array.isArray(id) ? (id as Pickled[]) : [];
  const view = Array.isArray(id) ? id[5] : undefined;
  if (
    kind !== "storage" ||
    !(type instanceof Global) ||
    !STORAGE.test(type.name) ||
    typeof key !== "string" ||
    !/^\w{1,40}$/.test(key) ||
    !isCount(length) ||
    (view !== undefined && view !== null)
  ) {
    throw new PickleFault("a persistent id names something else than the numbers of a tensor");
  }
  return { type: STORAGE.exec(type.name)![1]!, key, length };
}

const isStorage = (value: Pickled): value is Storage =>
  typeof value === "object" &&
  value !== null &&
  "key" in value &&
  "length" in value &&
  !Array.isArray(value);

const isCount = (value: Pickled): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const areCounts = (value: Pickled): value is number[] =>
  Array.isArray(value) && value.length <= 8 && value.every(isCount);
