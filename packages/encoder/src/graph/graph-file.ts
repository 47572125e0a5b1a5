import { bytes, type Field, integer, map, message } from "./wire.js";

/** TensorFlow's numbers of the element types. */
export const FLOAT = 1;
export const INT32 = 3;
export const BOOL = 10;
export type DataType = typeof FLOAT | typeof INT32 | typeof BOOL;

/** One output of an operation of the graph: a tensor once the graph runs. */
export interface Node {
  readonly ref: string;
  readonly type: DataType;
}

/** A variable, which keeps its value from one call to the next. */
export interface Variable {
  readonly handle: string;
  readonly shape: readonly number[];
}

/** An operation's settings, each tagged with its kind. */
export type Attributes = Record<
  string,
  | { type: DataType }
  | { shape: readonly number[] }
  | { text: string }
  | { flag: boolean }
  | { count: number }
  | { tensor: Uint8Array }
>;

/** What a signature takes or returns; a side of -1 is known only at the call. */
export interface Port {
  readonly node: Node;
  readonly shape: readonly number[];
}

/** The GraphDef version of TensorFlow 2.9: loads there and in every later version. */
const PRODUCER = 1087;

/**
 * A graph that is written to a SavedModel (saved_model.proto): its operations in order, and its
 * signatures, each a function with named inputs and outputs. Only what an output needs is run.
 */
export class GraphFile {
  readonly #nodes: Uint8Array[] = [];
  readonly #signatures: [string, Uint8Array][] = [];
  readonly #constants = new Map<string, Node>();

  /** Adds an operation and returns its first output. `after`: operations that must run before it. */
  operation(
    kind: string,
    type: DataType,
    inputs: readonly Node[],
    attributes: Attributes = {},
    after: readonly Node[] = [],
  ): Node {
    const refs = inputs.map(({ ref }) => ref);
    return { ref: this.#add(kind, refs, attributes, after), type };
  }

  /** The operation's output `index`. */
  output(node: Node, index: number): Node {
    return { ref: `${node.ref}:${index}`, type: node.type };
  }

  /** A constant; equal ones are one operation. */
  constant(type: typeof FLOAT | typeof INT32, shape: readonly number[], values: number[]): Node {
    const key = `${type}|${shape}|${values.map((value) => (Object.is(value, -0) ? "-0" : value))}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const data = (type === FLOAT ? Float32Array : Int32Array).from(values);
    const tensor = message(
      integer(1, type),
      bytes(2, shapeMessage(shape)),
      bytes(4, new Uint8Array(data.buffer)),
    );
    const node = this.operation("Const", type, [], { dtype: { type }, value: { tensor } });
    this.#constants.set(key, node);
    return node;
  }

  placeholder(type: DataType, shape: readonly number[]): Node {
    return this.operation("Placeholder", type, [], { dtype: { type }, shape: { shape } });
  }

  variable(name: string, shape: readonly number[]): Variable {
    const attributes = {
      dtype: { type: FLOAT },
      shape: { shape },
      shared_name: { text: name },
      container: { text: "" },
    } as const;
    return { handle: this.#add("VarHandleOp", [], attributes, []), shape };
  }

  /** An operation on a variable, for instance an assignment; returns what `after` takes. */
  variableOperation(
    kind: string,
    variables: readonly Variable[],
    inputs: readonly Node[],
    attributes: Attributes,
    after: readonly Node[] = [],
  ): Node {
    const refs = [...variables.map(({ handle }) => handle), ...inputs.map(({ ref }) => ref)];
    return { ref: this.#add(kind, refs, attributes, after), type: FLOAT };
  }

  signature(name: string, inputs: Record<string, Port>, outputs: Record<string, Port>): void {
    const ports = (of: Record<string, Port>) =>
      Object.entries(of).map(([key, { node, shape }]) => {
        const name = node.ref.includes(":") ? node.ref : `${node.ref}:0`;
        const info = message(bytes(1, name), integer(2, node.type), bytes(3, shapeMessage(shape)));
        return [key, info] as const;
      });
    const content = message(map(1, ports(inputs)), map(2, ports(outputs)), bytes(3, "winnow"));
    this.#signatures.push([name, content]);
  }

  /** The file saved_model.pb. */
  savedModel(): Uint8Array {
    const graph = message(
      ...this.#nodes.map((node) => bytes(1, node)),
      bytes(4, message(integer(1, PRODUCER))),
    );
    const information = message(bytes(4, "serve"));
    const metaGraph = message(bytes(1, information), bytes(2, graph), map(5, this.#signatures));
    return message(integer(1, 1), bytes(2, metaGraph));
  }

  #add(
    kind: string,
    refs: readonly string[],
    attributes: Attributes,
    after: readonly Node[],
  ): string {
    const name = `${kind}_${this.#nodes.length}`;
    const controls = new Set(after.map(({ ref }) => `^${ref.split(":")[0]}`));
    this.#nodes.push(
      message(
        bytes(1, name),
        bytes(2, kind),
        ...[...refs, ...controls].map((ref) => bytes(3, ref)),
        map(
          5,
          Object.entries(attributes).map(([key, value]) => [key, attributeMessage(value)]),
        ),
      ),
    );
    return name;
  }
}

function attributeMessage(attribute: Attributes[string]): Uint8Array {
  if ("text" in attribute) return bytes(2, attribute.text);
  if ("count" in attribute) return integer(3, attribute.count);
  if ("flag" in attribute) return integer(5, attribute.flag);
  if ("type" in attribute) return integer(6, attribute.type);
  if ("shape" in attribute) return bytes(7, shapeMessage(attribute.shape));
  return bytes(8, attribute.tensor);
}

function shapeMessage(shape: readonly number[]): Field {
  return message(...shape.map((side) => bytes(2, integer(1, side))));
}
