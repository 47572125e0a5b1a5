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

const COMMANDS: Readonly<Record<string, Command>> = {
  q: "keep",
  w: "relabel",
  e: "drop",
  n: "unsure",
  z: "undo",
  "/": "search",
  "?": "help",
  ArrowDown: "next",
  ArrowRight: "next",
  ArrowUp: "previous",
  ArrowLeft: "previous",
};

const ALWAYS = 5;
const MOST = 9;
const LIKELY = 0.02;

/** The classes that a digit chooses: the likeliest five, and others that are not unlikely. */
export const likeliestOf = ({ likeliest }: Pick<QueuedFlag, "likeliest">) =>
  likeliest.filter(({ probability }, i) => i < ALWAYS || (i < MOST && probability >= LIKELY));

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
  readonly target: unknown;
}

/** The command of a key; null where it is none, or somebody types, or a dialog is open. */
export function commandOf(event: Pressed): Command | null {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.isComposing || event.defaultPrevented) return null;
  if (target instanceof Element && target.closest(TYPING)) return null;
  if (key.startsWith("Arrow") && target instanceof Element && target.closest(WALKED)) return null;
  if (/^[1-9]$/.test(key)) return { likeliest: Number(key) - 1 };
  return COMMANDS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}

const TYPING = "input, textarea, select, [contenteditable], [role=dialog], [role=textbox]";
/** What has arrows of its own. */
const WALKED = ".virtual, canvas, summary, [role=listbox]";
