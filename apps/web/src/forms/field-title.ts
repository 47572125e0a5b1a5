import { FIELD_NAMES } from "../texts/field-names.js";

/** What a field is called; an item of a list, `noises 2`, has the list's name and its number. */
export function titleOf(name: string, language: "en" | "zh"): string {
  const [, field = name, number = ""] = /^(.*?)( \d+)?$/.exec(name) ?? [];
  const names = Object.hasOwn(FIELD_NAMES, field) ? FIELD_NAMES[field] : undefined;
  return (names?.[language === "zh" ? 1 : 0] ?? wordsOf(field)) + number;
}

/** Of a name that is no field's, such as a schema's: `LinearModel` -> `Linear model` */
const wordsOf = (name: string): string => {
  const words = name.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, letter: string) => `${before} ${letter.toLowerCase()}`,
  );
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};
