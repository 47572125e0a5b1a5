import { readFileSync } from "node:fs";
import { join } from "node:path";
import { globSync } from "tinyglobby";
import { root } from "../architecture/source-files.js";

/**
 * What a test does with a block, as the comment before it says: `run` runs it, `service` starts it in
 * a terminal of its own, `names` only looks whether what it names exists: it needs containers,
 * systemd, a GPU, ids or files that nobody has here, or minutes.
 */
export const MARKS = ["run", "service", "names"] as const;
export type Mark = (typeof MARKS)[number];

/** A block of commands in a page. */
export interface Block {
  readonly page: string;
  /** Where its first command is, from 1. */
  readonly line: number;
  readonly mark: Mark | null;
  readonly text: string;
  /** The block of output that the page shows after it. */
  readonly output: string | null;
}

/** Pages whose blocks are held, in the order in which a new user reads and runs them. */
export const PAGES = [
  "README.md",
  ...[
    "first-run",
    "audit",
    "own-file",
    "review",
    "own-probabilities",
    "annotators",
    "hierarchy",
    "findings",
    "experiment",
    "gpu",
    "check",
    "database",
  ],
  ...[
    "deploy-with-containers",
    "deploy-with-systemd",
    "kubernetes",
    "managed-services",
    "scale",
    "upgrade",
    "add-a-job-kind",
  ],
  // From access on, the service asks for a key.
  ...["monitor", "traces", "runbooks", "retention", "webhooks", "backup", "access", "encoders"],
].map((page) => (page.endsWith(".md") ? page : `docs/how-to/${page}.md`));

export const howToPages = (): string[] => globSync("docs/how-to/*.md", { cwd: root });

/** Languages of commands and settings; others (text, json, mermaid) show something. */
const COMMANDS = new Set(["", "sh", "bash", "console", "python"]);
const FENCED =
  /(?:^<!-- test: (\w+) -->\n)?^```(\w*)\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm;

export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(FENCED)]
    .filter(([, , language = ""]) => COMMANDS.has(language))
    .map(({ 0: whole, 1: mark, 3: commands = "", 4: output, index }) => ({
      page,
      line: text.slice(0, index + whole.indexOf("```")).split("\n").length + 1,
      mark: MARKS.find((known) => known === mark) ?? null,
      text: commands,
      output: output ?? null,
    }));
}
