import { REJECT_ADVICE } from "@winnow/corpus";
import { code, sentence, table } from "./markdown.js";

/** Every reason for which a row of a file is left out. */
export function rejectsPage(): string[] {
  return [
    "# Rejects",
    "",
    "A line of a file that cannot be kept becomes a reject: its line, a reason, what exactly is wrong, and the start of the line.",
    "`GET /v1/datasets/{id}/rejects` lists them. A failed ingest keeps its first 1,000, and its `error` shows up to five, with the",
    "option that most often has to change as `pointer`. The reasons are stable.",
    "",
    ...table(
      ["reason", "meaning", "what to do", "option"],
      Object.entries(REJECT_ADVICE).map(([reason, { meaning, fix, pointer }]) => [
        code(reason),
        sentence(meaning),
        sentence(fix),
        code(pointer),
      ]),
    ),
  ];
}
