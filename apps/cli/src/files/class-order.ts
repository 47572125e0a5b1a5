import {
  type ClassOrder,
  describeClassOrder,
  findClassOrder,
  type ProbabilitySource,
  VoteCollector,
} from "@winnow/confident-learning";
import { CliError } from "../terminal/failure.js";

interface OrderCheck {
  /** The classes in column order, if they are known by name. */
  readonly names: readonly string[] | undefined;
  /** Whether labels are such names, or indexes of columns. */
  readonly kind: "indexes" | "names";
  /** What is called instead of throwing, where the columns are used as they stand. */
  readonly onOtherOrder: ((message: string) => void) | undefined;
}

/**
 * The source, whose first complete pass also asks whether its columns fit the labels better in
 * another order. Throws `class-order` then, with the order.
 */
export function orderChecked(source: ProbabilitySource, check: OrderCheck): ProbabilitySource {
  let isChecked = false;
  async function* blocks() {
    const votes = isChecked ? undefined : new VoteCollector(source.n, source.k);
    for await (const block of source.blocks()) {
      votes?.add(block.labels, block.probs);
      yield block;
    }
    if (votes === undefined) return;
    isChecked = true;
    const order = findClassOrder(votes.votes());
    if (order !== undefined) report(order, source.k, check);
  }
  return { ...source, blocks };
}

function report(order: ClassOrder, k: number, { names, kind, onOtherOrder }: OrderCheck): void {
  const classes = names ?? Array.from({ length: k }, (_, c) => String(c));
  const { message, names: fitting } = describeClassOrder(order, classes);
  if (onOtherOrder) {
    onOtherOrder(message);
    return;
  }
  // Integers are indexes of columns whatever the columns are called, so the columns have to move.
  const fix =
    kind === "names"
      ? `Pass the names in that order: --classes ${quoted(JSON.stringify(fitting))}`
      : `Save them in that order: np.save("probs.npy", probs[:, [${order.columns.join(", ")}]])`;
  throw new CliError("class-order", `${message}\n${fix}\nor use the columns as they are: --force`);
}

/** As one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
