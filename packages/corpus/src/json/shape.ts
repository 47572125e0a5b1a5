import type { JsonVisitor, TakenValue, ValueKind } from "./scanner.js";

/** What a document holds, without its values: enough to tell where its rows are. */
export interface Shape {
  path: readonly string[];
  kind: ValueKind;
  /** How many members or elements. */
  count: number;
  /** What they are. */
  kinds: Set<ValueKind>;
  /** The first names of an object's members. */
  keys: string[];
  /** The first members that are objects or arrays. */
  members: Map<string, Shape>;
  /** The texts of a list called "columns". */
  names: readonly string[] | null;
}

/** Rows are not deeper in a document than this. */
const MAX_LEVELS = 5;

/** How many members of an object are remembered; one with ids as names has millions. */
const MAX_MEMBERS = 100;

/** Draws the shape of a document: of a list only how long it is, and of what. */
export class ShapeVisitor implements JsonVisitor {
  root: Shape | null = null;
  readonly #open: Shape[] = [];
  #taking: Shape | null = null;

  begin(kind: ValueKind, key: string | number | null): "enter" | "take" | "skip" {
    const parent = this.#open.at(-1);
    if (parent) {
      parent.count += 1;
      parent.kinds.add(kind);
      if (typeof key === "string" && parent.keys.length < MAX_MEMBERS) parent.keys.push(key);
      if (typeof key !== "string" || kind === "scalar") return "skip";
      if (parent.members.size >= MAX_MEMBERS || this.#open.length >= MAX_LEVELS) return "skip";
    }
    const path = parent ? [...parent.path, String(key)] : [];
    const shape: Shape = {
      path,
      kind,
      count: 0,
      kinds: new Set(),
      keys: [],
      members: new Map(),
      names: null,
    };
    if (parent) parent.members.set(String(key), shape);
    else this.root = shape;
    if (kind === "scalar") return "skip";
    if (kind === "array" && key === "columns") {
      this.#taking = shape;
      return "take";
    }
    this.#open.push(shape);
    return "enter";
  }

  taken({ bytes, isTooLong }: TakenValue): void {
    const shape = this.#taking;
    if (!shape) return;
    const values: unknown = isTooLong ? [] : JSON.parse(bytes.toString("utf8"));
    if (!Array.isArray(values)) return;
    shape.count = values.length;
    for (const value of values) shape.kinds.add(kindOf(value));
    if (values.every((value) => typeof value === "string")) shape.names = values;
  }

  end(): void {
    this.#open.pop();
  }
}

function kindOf(value: unknown): ValueKind {
  if (Array.isArray(value)) return "array";
  return typeof value === "object" && value !== null ? "object" : "scalar";
}
