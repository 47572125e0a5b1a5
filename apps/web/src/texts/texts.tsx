import { describeJob, type JobKind } from "@winnow/contracts";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { EN, type TextKey } from "./en.js";
import { isolate } from "./isolate.js";

export type Language = "en" | "zh";
export type { TextKey };

type Values = Readonly<Record<string, string | number>>;

/** Texts, numbers and times in the reader's language. */
export interface Texts {
  readonly language: Language;
  setLanguage(language: Language): void;
  (key: TextKey, values?: Values): string;
  number(value: number, digits?: number): string;
  percent(share: number | null | undefined, digits?: number): string;
  time(iso: string | null): string;
  duration(seconds: number): string;
  bytes(bytes: number): string;
  /** Several things, as the language lists them. */
  list(items: readonly string[]): string;
  /** Whether there is such a text: the contract may know more kinds than the page. */
  has(key: string): key is TextKey;
  /** What a kind of job does. */
  kind(kind: JobKind): string;
  /** The title of an error of the service; null where the page does not know its code. */
  error(code: string): string | null;
  /** What the contract says of a job or a field. */
  help(text: string): string;
  /** What a warning is about; null where the service's own sentence is enough. */
  warning(code: string): string | null;
}

const STORE = "winnow-language";
const Context = createContext<Texts | null>(null);

export function useTexts(): Texts {
  const texts = useContext(Context);
  if (texts === null) throw new Error("there are no texts around this element");
  return texts;
}

export function TextsProvider({ children }: { readonly children: ReactNode }) {
  const [wanted, setWanted] = useState<Language>(preferred);
  // English is there from the start; another language is loaded when somebody wants it. Until it has
  // come the page stays as it is, with whatever was typed into it.
  const [shown, setShown] = useState<Shown | null>(wanted === "en" ? ENGLISH : null);
  useEffect(() => {
    let isWanted = true;
    load(wanted)
      .catch(() => ENGLISH)
      .then((loaded) => {
        if (isWanted) setShown(loaded);
      });
    return () => {
      isWanted = false;
    };
  }, [wanted]);
  useEffect(() => {
    document.documentElement.lang = shown?.language === "zh" ? "zh-Hans" : "en";
  }, [shown]);
  const texts = useMemo(
    () =>
      shown &&
      makeTexts(shown, (next) => {
        localStorage.setItem(STORE, next);
        setWanted(next);
      }),
    [shown],
  );
  return texts && <Context value={texts}>{children}</Context>;
}

interface Shown {
  readonly language: Language;
  readonly table: Readonly<Record<TextKey, string>>;
  /** What the service says, by code; it speaks English itself. */
  readonly errors: Readonly<Record<string, string>>;
  readonly warnings: Readonly<Record<string, string>>;
  /** By the English text. */
  readonly helps: Readonly<Record<string, string>>;
}

const ENGLISH: Shown = { language: "en", table: EN, errors: {}, warnings: {}, helps: {} };

async function load(language: Language): Promise<Shown> {
  if (language === "en") return ENGLISH;
  const [{ ZH }, { ZH_ERRORS, ZH_WARNINGS }, { ZH_HELPS }] = await Promise.all([
    import("./zh.js"),
    import("./zh-service.js"),
    import("./zh-helps.js"),
  ]);
  return { language, table: ZH, errors: ZH_ERRORS, warnings: ZH_WARNINGS, helps: ZH_HELPS };
}

function preferred(): Language {
  const stored = localStorage.getItem(STORE);
  if (stored === "en" || stored === "zh") return stored;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

function makeTexts(
  { language, table, errors, warnings, helps }: Shown,
  setLanguage: (language: Language) => void,
): Texts {
  // What a page says about its texts comes from the texts; how numbers look, from the browser.
  const locale = navigator.language.startsWith(language) ? navigator.language : language;
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  // A list of units would stand without a comma in Chinese.
  const lists = new Intl.ListFormat(locale, { style: "narrow", type: "conjunction" });
  const number = (value: number, digits = 0) =>
    value.toLocaleString(locale, { maximumFractionDigits: digits });
  const unit = (value: number, name: string, digits = 0) =>
    value.toLocaleString(locale, {
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumFractionDigits: digits,
    });
  const get = (key: TextKey, values: Values = {}): string =>
    table[key].replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? number(value) : isolate(value);
    });
  return Object.assign(get, {
    language,
    setLanguage,
    number,
    percent: (share: number | null | undefined, digits = 1) =>
      share === null || share === undefined
        ? "–"
        : share.toLocaleString(locale, { style: "percent", maximumFractionDigits: digits }),
    time: (iso: string | null) => (iso === null ? "–" : dates.format(new Date(iso))),
    duration(seconds: number) {
      if (seconds < 90) return unit(Math.max(1, Math.round(seconds)), "second");
      if (seconds < 5400) return unit(Math.round(seconds / 60), "minute");
      return unit(seconds / 3600, "hour", 1);
    },
    list: (items: readonly string[]) => lists.format(items),
    error: (code: string) => errors[code] ?? null,
    help: (text: string) => helps[text] ?? text,
    warning: (code: string) => warnings[code] ?? null,
    has: (key: string): key is TextKey => Object.hasOwn(table, key),
    kind(kind: JobKind) {
      const key = `kind-${kind}`;
      return Object.hasOwn(table, key) ? get(key as TextKey) : describeJob(kind).summary;
    },
    bytes(bytes: number) {
      if (bytes < 1e6) return unit(Math.ceil(bytes / 1e3), "kilobyte");
      return bytes < 1e9 ? unit(bytes / 1e6, "megabyte", 1) : unit(bytes / 1e9, "gigabyte", 1);
    },
  });
}

/** A share and its interval: `12.1% (9.8% – 14.6%)` */
export function shareText(
  share: { readonly estimate: number; readonly low: number; readonly high: number } | null,
  t: Texts,
): string {
  if (share === null) return "–";
  return `${t.percent(share.estimate)} (${t.percent(share.low)} – ${t.percent(share.high)})`;
}

/** Why a row was left out; a reason that the page does not know stands as the service says it. */
export function rejectText(reason: string, t: Texts): string {
  const key = `reject-${reason}`;
  return t.has(key) ? t(key) : reason;
}
