import type { QueuedFlag } from "@winnow/contracts";

/** What a key does on the review page. */
export type Command =
  | "keep"
  | "relabel"
  | "drop"
  | "unsure"
  | "undo"
  | "next"
  | "previous"
  | "search"
  | "help"
  | { readonly likeliest: number };

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["q", "keep"],
  ["w", "relabel"],
  ["e", "drop"],
  ["n", "unsure"],
  ["z", "undo"],
  ["/", "search"],
  ["?", "help"],
  ["ArrowDown", "next"],
  ["ArrowRight", "next"],
  ["ArrowUp", "previous"],
  ["ArrowLeft", "previous"],
] as const);

const ALWAYS = 5;
const MOST = 9;
const LIKELY = 0.02;

/** The classes that a digit chooses: the likeliest five, and others that are not unlikely. */
export const likeliestOf = ({ likeliest }: Pick<QueuedFlag, "likeliest">) =>
  likeliest.filter(({ probability }, i) => i < ALWAYS || (i < MOST && probability >= LIKELY));

interface Pressed {
  readonly key: string;
  /** The place of the key, whatever is written on it. */
  readonly code: string;
  readonly keyCode: number;
  readonly repeat: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
  readonly target: unknown;
}

/** The command of a key; null where it is none, or somebody types, or a dialog is open. */
export function commandOf(event: Pressed): Command | null {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
  if (event.isComposing || event.keyCode === COMPOSING) return null;
  if (isIn(target, TYPING)) return null;
  const key = latinOf(event);
  const isArrow = key.startsWith("Arrow");
  // A key that is held down walks on, and decides once.
  if (event.repeat && !isArrow) return null;
  if (isArrow && isIn(target, WALKED)) return null;
  if (/^[1-9]$/.test(key)) return { likeliest: Number(key) - 1 };
  return COMMANDS.get(key.length === 1 ? key.toLowerCase() : key) ?? null;
}

/** Of a key in a writing that is not Latin, the letter of the usual keyboard at its place. */
const latinOf = ({ key, code }: Pressed): string =>
  key.length === 1 && key > "\u007f" && code.startsWith("Key") ? code.slice(3) : key;

/** Whether what was pressed on lies in one of these; the window itself lies in nothing. */
function isIn(target: unknown, selectors: string): boolean {
  const { closest } = (target ?? {}) as { closest?: (selectors: string) => unknown };
  return typeof closest === "function" && closest.call(target, selectors) !== null;
}

/** What browsers say of keys that an input method takes. */
const COMPOSING = 229;
const TYPING = "input, textarea, select, [contenteditable], [role=dialog], [role=textbox]";
/** What has arrows of its own. */
const WALKED = ".virtual, canvas, summary, [role=listbox]";
