import { stringify } from "csv-stringify/sync";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { FAMILIES, type Family, GENERAL, type Language, type Nouns } from "./lexicon.js";

/** One title of the demo set; `label` is what training sees, and is wrong in 12 % of the rows. */
export interface DemoRow {
  readonly id: string;
  readonly title: string;
  readonly label: string;
  readonly trueLabel: string;
}

/** Half of the wrong labels fall anywhere, half on a sister class under the same first level. */
export const DEMO_NOISE_RATE = 0.12;

/** The name of the generated file. */
export const DEMO_SET_FILE = "demo-set.csv";

/** The columns of the demo set, as an ingest names them. */
export const DEMO_FORMAT = {
  type: "csv",
  idColumn: "id",
  textColumn: "title",
  labelColumn: "label",
  trueLabelColumn: "true_label",
} as const;

/**
 * 6,000 short titles in Chinese and English: 12 classes (`sports/football`) under 4 first-level ones.
 * The same seed gives the same rows, byte for byte. No title occurs twice.
 */
export function demoSet(seed = 1): DemoRow[] {
  const random = xoroshiro128plus(seed);
  const titles = shuffle(random, trueTitles(random));
  const given = withNoise(random, titles);
  return titles.map(({ title, label }, i) => ({
    id: `demo-${String(i + 1).padStart(4, "0")}`,
    title,
    label: given[i] ?? label,
    trueLabel: label,
  }));
}

/** The demo set as the bytes of a CSV file with a header. */
export function demoCsv(rows: readonly DemoRow[]): string {
  return stringify(
    rows.map(({ id, title, label, trueLabel }) => [id, title, label, trueLabel]),
    { header: true, columns: ["id", "title", "label", "true_label"] },
  );
}

interface Title {
  readonly title: string;
  readonly label: string;
}

/** Where a noun comes from: most often the title's own class, sometimes a place that misleads. */
const ORIGINS = [
  { upTo: 0.74, from: "class" },
  { upTo: 0.87, from: "family" },
  { upTo: 0.92, from: "sister" },
  { upTo: 0.94, from: "stranger" },
  { upTo: 1, from: "general" },
] as const;

function trueTitles(random: RandomGenerator): Title[] {
  const titles: Title[] = [];
  const seen = new Set<string>();
  for (const family of FAMILIES) {
    for (const { name, titles: wanted } of family.classes) {
      for (let made = 0; made < wanted; ) {
        const title = makeTitle(random, family, name);
        if (seen.has(title)) continue;
        seen.add(title);
        titles.push({ title, label: `${family.name}/${name}` });
        made += 1;
      }
    }
  }
  return titles;
}

function makeTitle(random: RandomGenerator, family: Family, name: string): string {
  const language: Language = uniformFloat64(random) < 0.6 ? "zh" : "en";
  const who = pick(random, nounsOf(random, family, name, language).who);
  const verbs = uniformFloat64(random) < 0.55 ? family.did : GENERAL.did;
  const did = pick(random, verbs[language]);
  const what = pick(random, nounsOf(random, family, name, language).what);
  return language === "zh"
    ? frameChinese(random, `${who}${did}${what}`)
    : frameEnglish(random, `${who} ${did} ${what}`);
}

function nounsOf(random: RandomGenerator, family: Family, name: string, language: Language): Nouns {
  const drawn = uniformFloat64(random);
  const from = ORIGINS.find(({ upTo }) => drawn < upTo)?.from;
  const isOwn = (one: { readonly name: string }) => one.name === name;
  const others = family.classes.filter((one) => !isOwn(one));
  switch (from) {
    case "class":
      return (family.classes.find(isOwn) ?? family).words[language];
    case "family":
      return family.words[language];
    case "sister":
      return pick(random, others).words[language];
    case "stranger": {
      const stranger = pick(
        random,
        FAMILIES.filter((one) => one !== family),
      );
      return pick(random, [stranger, ...stranger.classes]).words[language];
    }
    default:
      return GENERAL.words[language];
  }
}

function frameChinese(random: RandomGenerator, core: string): string {
  const { lead, when, tail } = GENERAL;
  switch (uniformInt(random, 0, 5)) {
    case 0:
      return core;
    case 1:
      return `${core}，${pick(random, tail.zh)}`;
    case 2:
      return `${pick(random, lead.zh)}：${core}`;
    case 3:
      return `${pick(random, when.zh)}，${core}`;
    case 4:
      return `${core}？${pick(random, tail.zh)}`;
    default:
      return `${pick(random, when.zh)}${core}！${pick(random, tail.zh)}`;
  }
}

function frameEnglish(random: RandomGenerator, core: string): string {
  const { lead, when, tail } = GENERAL;
  switch (uniformInt(random, 0, 5)) {
    case 0:
      return capital(core);
    case 1:
      return `${capital(core)}, ${pick(random, tail.en)}`;
    case 2:
      return `${pick(random, lead.en)}: ${core}`;
    case 3:
      return `${capital(core)} ${pick(random, when.en)}`;
    case 4:
      return `${capital(core)}: ${pick(random, tail.en)}`;
    default:
      return `${capital(pick(random, when.en))}, ${core}`;
  }
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The given labels: exactly 12 % of them wrong, by turns anywhere and among the sister classes. */
function withNoise(random: RandomGenerator, titles: readonly Title[]): string[] {
  const all = FAMILIES.flatMap(({ name, classes }) => classes.map((one) => `${name}/${one.name}`));
  const wrong = Math.round(titles.length * DEMO_NOISE_RATE);
  const order = shuffle(
    random,
    titles.map((_, i) => i),
  );
  const given = titles.map(({ label }) => label);
  order.slice(0, wrong).forEach((row, i) => {
    const label = titles[row]?.label ?? "";
    const family = label.slice(0, label.indexOf("/") + 1);
    const others = all.filter((one) => one !== label && (i % 2 === 0 || one.startsWith(family)));
    given[row] = pick(random, others);
  });
  return given;
}

function pick<T>(random: RandomGenerator, from: readonly T[]): T {
  return from[uniformInt(random, 0, from.length - 1)]!;
}

function shuffle<T>(random: RandomGenerator, items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i -= 1) {
    const j = uniformInt(random, 0, i);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}
