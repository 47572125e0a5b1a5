import { escapeControls } from "@winnow/contracts";

/** Prints a value on stdout as JSON, indented unless `dense`: exactly that value, and nothing that steers a terminal. */
export const printJson = (value: unknown, { dense = false } = {}): void => {
  process.stdout.write(`${escapeControls(JSON.stringify(value, null, dense ? 0 : 2))}\n`);
};
