const MAX_LENGTH = 200;

/** The line that names an error: of Node, of the dynamic linker, of V8 (FATAL ERROR). */
const NAMES_AN_ERROR = /^(\w+: )*(\w*Error|symbol lookup error|FATAL ERROR)\b.*:/i;
/** What follows a message: a stack of JavaScript or of the machine. */
const ENDS_A_MESSAGE = /^\s+at |^-----|^\s*\d+: 0x|^Node\.js v/;
/** Node's warnings about code that still works, and TensorFlow's log below errors. */
const IS_A_WARNING =
  /^\(node:\d+\)|^\(Use `node|^[IW]\d{4} [\d:.]+ |^[\d-]+ [\d:.]+: [IW] |^WARNING: All log/;

/**
 * The error in the stderr of a process that died, as one short line; "" if there is none. A message
 * of several lines, as a schema's, becomes one.
 */
export function crashMessage(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !IS_A_WARNING.test(line));
  const start = lines.findLastIndex((line) => NAMES_AN_ERROR.test(line));
  const rest = start === -1 ? lines.slice(-1) : lines.slice(start);
  const end = rest.findIndex((line) => ENDS_A_MESSAGE.test(line));
  const message = rest.slice(0, end === -1 ? undefined : end).join(" ");
  return message.replaceAll(/\s+/g, " ").trim().slice(0, MAX_LENGTH).replace(/\.$/, "");
}
