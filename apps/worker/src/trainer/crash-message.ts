const LONGEST = 200;

/** The line that names an error: of Node, of the dynamic linker, of V8 (FATAL ERROR). */
const NAMES_AN_ERROR = /^(\w+: )*(\w*Error|symbol lookup error|FATAL ERROR)\b.*:/i;
/** What comes after a message: a stack, ours or the machine's. */
const ENDS_A_MESSAGE = /^\s+at |^-----|^\s*\d+: 0x|^Node\.js v/;
/** What Node says of code that still works. */
const IS_A_WARNING = /^\(node:\d+\)|^\(Use `node/;

/**
 * What a process that died said of its end, in one short line; "" where it said nothing. A message
 * of several lines, as those of a schema are, is put into one.
 */
export function crashMessage(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !IS_A_WARNING.test(line));
  const from = lines.findLastIndex((line) => NAMES_AN_ERROR.test(line));
  const said = from === -1 ? lines.slice(-1) : lines.slice(from);
  const end = said.findIndex((line) => ENDS_A_MESSAGE.test(line));
  const message = said.slice(0, end === -1 ? undefined : end).join(" ");
  return message.replaceAll(/\s+/g, " ").trim().slice(0, LONGEST).replace(/\.$/, "");
}
