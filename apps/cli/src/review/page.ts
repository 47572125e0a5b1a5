import type { Paint } from "../terminal/paint.js";
import { count, fit, pad } from "../terminal/text.js";
import type { QueuedRow } from "./queue.js";
import type { ReviewSession, Shown } from "./session.js";

const BAR = 12;
const NAME = 10;

const SHEET = [
  "Q      keep: the given label is right",
  "W      relabel to the suggestion",
  "E      drop: the row belongs to no class",
  "N      unsure: decide later",
  "1-9    relabel to the class with that number",
  "Z      undo the last decision",
  "arrows go back and on without deciding",
  "?      show or hide this sheet",
  "X      leave; everything is saved",
];

/** The page of the present row, in lines of at most `width` columns. */
export function pageLines(
  session: ReviewSession,
  {
    width,
    isHelp,
    paint,
  }: { readonly width: number; readonly isHelp: boolean; readonly paint: Paint },
): string[] {
  const { queue, row, message } = session;
  const { rows, decided, noun } = queue ?? { rows: 0, decided: 0, noun: "rows" };
  const done = Math.min(rows, decided + session.decidedRows);
  const head = `${count(done)} of ${count(rows)} ${noun} decided`;
  const lines = [paint.bold(fit(head, width)), ""];
  if (isHelp) lines.push(...SHEET.map((line) => fit(`  ${line}`, width)));
  else if (!row) lines.push(`  None of the ${noun} is left to decide. X leaves, Z undoes.`);
  else lines.push(...rowLines(row, session.decision, width, paint));
  return [
    ...lines,
    "",
    paint.yellow(fit(message, width)),
    paint.dim(
      fit("Q keep  W relabel  E drop  N unsure  1-9 class  Z undo  ? keys  X leave", width),
    ),
  ];
}

function rowLines(
  row: QueuedRow,
  decision: Shown | undefined,
  width: number,
  paint: Paint,
): string[] {
  const name = (text: string) => paint.dim(pad(text, NAME));
  const given = row.likeliest.find(({ label }) => label === row.given);
  return [
    ...textLines(row.text, width).map((line) => `  ${line}`),
    "",
    `  ${paint.dim(fit(`#${row.place} · line ${row.line}${row.externalId ? ` · ${row.externalId}` : ""}`, width - 2))}`,
    "",
    `  ${name("given")}${bar(given?.probability ?? row.selfConfidence ?? 0, row.given, "", width)}`,
    ...row.likeliest.map(({ label, probability }, i) => {
      const heading = label === row.suggested ? "suggested" : i === 0 ? "likeliest" : "";
      return `  ${name(heading)}${bar(probability, label, String(i + 1), width)}`;
    }),
    ...row.nearDuplicates.flatMap(
      (near, i) =>
        `  ${name(i === 0 ? "like it" : "")}${fit(`${near.label}: ${near.text}`, width - NAME - 2)}`,
    ),
    ...nearestLine(row.evidence).map(
      (near) => `  ${name("nearest")}${fit(near, width - NAME - 2)}`,
    ),
    ...(decision
      ? ["", `  ${name("decided")}${fit(decision.label ?? decision.verdict, width - NAME - 2)}`]
      : []),
  ];
}

/** The labels of the rows whose vectors are nearest, and the cosines; no line without vectors. */
function nearestLine(evidence: QueuedRow["evidence"]): string[] {
  const near = evidence?.nearest ?? [];
  if (near.length === 0) return [];
  return [near.map(({ label, similarity }) => `${label} ${similarity.toFixed(2)}`).join("  ")];
}

function bar(probability: number, label: string, key: string, width: number): string {
  const full = Math.round(Math.max(0, Math.min(1, probability)) * BAR);
  const drawn = pad("#".repeat(full), BAR);
  return `${drawn} ${probability.toFixed(2)}  ${pad(key, 1)}  ${fit(label, width - NAME - BAR - 12)}`;
}

/** At most four lines of the text. */
function textLines(text: string, width: number): string[] {
  const room = Math.max(10, width - 4);
  const lines: string[] = [];
  let rest = fit(text, room * 4);
  while (rest !== "" && lines.length < 4) {
    const line = lines.length === 3 ? fit(rest, room) : lineOf(rest, room);
    lines.push(line.trimEnd());
    rest = rest.slice(line.length).trimStart();
  }
  return lines;
}

/** The start of the text that fits, to the last blank in it. */
function lineOf(text: string, room: number): string {
  if (fit(text, room) === text) return text;
  const cut = fit(text, room).slice(0, -1);
  const blank = cut.lastIndexOf(" ");
  return blank > room / 2 ? cut.slice(0, blank) : cut;
}
