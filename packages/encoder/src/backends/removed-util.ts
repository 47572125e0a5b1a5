import util from "node:util";

/**
 * Gives `node:util` back what Node 23 removed and tfjs-node 4.22 still calls when it makes a tensor. Call it before
 * that package is loaded.
 */
export function supplyRemovedUtil(): void {
  const removed: { isArray?: unknown; isNullOrUndefined?: unknown } = util;
  removed.isArray ??= Array.isArray;
  removed.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}
