import type { ClassOrder } from "./find-class-order.js";

/** How a class order is told to a person. */
export interface DescribedOrder {
  /** What fits how many rows, and which classes few rows speak for. */
  readonly message: string;
  /** The names of the file's columns, from the first to the last, in the order that fits. */
  readonly names: readonly string[];
}

/**
 * Describes an order that fits better. `classes` are the names of the classes; `columns` says which
 * column of the file was read as which class, (k), where that is not the class's own index.
 */
export function describeClassOrder(
  order: ClassOrder,
  classes: readonly string[],
  columns?: Int32Array,
): DescribedOrder {
  const names: string[] = new Array(classes.length);
  for (const [c, name] of classes.entries()) {
    const column = order.columns[c]!;
    names[columns?.[column] ?? column] = name;
  }
  const { rows, agree, agreeReordered, uncertain } = order;
  const share = (count: number) => `${figure(count)} of ${figure(rows)} rows`;
  const few = uncertain.length
    ? ` Few rows speak for the place of ${listed(uncertain.map((c) => classes[c]!))}: check it.`
    : "";
  return {
    names,
    message:
      "The columns fit the given labels far better in another order of classes. The most " +
      `probable class is the given label in ${share(agree)}; in the other order in ` +
      `${share(agreeReordered)}.${few}`,
  };
}

const MOST_NAMED = 10;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  const named = names.slice(0, MOST_NAMED).map((name) => JSON.stringify(name.slice(0, 80)));
  return rest > 0 ? `${named.join(", ")} and ${figure(rest)} more` : named.join(", ");
}

const figure = (count: number): string => count.toLocaleString("en-US");
