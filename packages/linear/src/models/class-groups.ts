/** Classes below their parents: what a model of two steps, parent then child, needs to know. */
export interface ClassGroups {
  readonly parents: number;
  /** (k) the parent of each class. */
  readonly parentOf: Int32Array;
  /** The classes of each parent, ascending. */
  readonly childrenOf: readonly Int32Array[];
  /** (k) the place of each class among its parent's. */
  readonly placeOf: Int32Array;
}

/** The groups of k classes by the parent of each, 0 to parents - 1. */
export function classGroups(parentOf: Int32Array): ClassGroups {
  const children: number[][] = [];
  const placeOf = parentOf.map((parent, k) => {
    children[parent] ??= [];
    return children[parent].push(k) - 1;
  });
  const childrenOf = Array.from(children, (classes) => Int32Array.from(classes ?? []));
  return { parents: childrenOf.length, parentOf, childrenOf, placeOf };
}
