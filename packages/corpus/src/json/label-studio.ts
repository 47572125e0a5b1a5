import { CorpusError } from "../errors.js";
import { isObject } from "../formats/parse-json.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import { hasPath, member } from "./members.js";

/** What Label Studio adds to the flat tasks of its JSON-MIN. */
const MIN_MEMBERS = ["annotation_id", "annotator", "lead_time"];

/** Usual names of a choice, for JSON-MIN without a label column. */
const CHOICE_NAMES = ["sentiment", "choice", "choices", "class", "category", "topic", "intent"];

/** Reads the tasks of a Label Studio export. */
export interface TaskReader {
  /** The format that reads the objects of `row`, with the defaults for these tasks. */
  format: DatasetFormat;
  /** The task with its classes as the label. */
  row(task: object): object;
}

/**
 * The reader for tasks like this one; null for an object that is none. JSON has tasks with `data` and
 * `annotations` (before version 1.0 `completions`), JSON-MIN flat ones. A label column that the object
 * itself has is taken as it stands.
 */
export function taskReaderFor(first: object, format: DatasetFormat): TaskReader | null {
  const given = format.labelColumn === undefined ? undefined : String(format.labelColumn);
  if (annotationsOf(first) && isObject(member(first, "data"))) {
    return new FullTasks(first, format);
  }
  if (given === undefined && !isMin(first)) return null;
  const labelColumn = given ?? minLabel(first);
  return {
    format: {
      ...format,
      labelColumn,
      idColumn: format.idColumn ?? (isMin(first) ? "id" : undefined),
    },
    row(task) {
      const value = member(task, labelColumn);
      return isChoices(value) ? { ...task, [labelColumn]: value.choices } : task;
    },
  };
}

/**
 * Tasks with annotations. The classes that most annotations chose come first; a ground truth counts
 * alone, cancelled annotations not at all. With a label column, only the control of this name
 * (`from_name`) counts.
 */
class FullTasks implements TaskReader {
  readonly format: DatasetFormat;
  readonly #label: string;
  readonly #hasOwnLabel: boolean;
  #control: string | null;

  constructor(first: object, format: DatasetFormat) {
    const { textColumn = "text", labelColumn = "label", idColumn = "id" } = format;
    const isInData = !hasPath(first, String(textColumn));
    this.#label = String(labelColumn);
    this.#hasOwnLabel = format.labelColumn !== undefined && hasPath(first, this.#label);
    this.#control = format.labelColumn === undefined ? null : this.#label;
    this.format = {
      ...format,
      textColumn: isInData ? `data.${textColumn}` : textColumn,
      labelColumn,
      idColumn,
    };
  }

  row(task: object): object {
    if (this.#hasOwnLabel) return task;
    const valid = (annotationsOf(task) ?? []).filter(
      (annotation) => !isTrue(annotation, ["was_cancelled", "skipped"]),
    );
    const truths = valid.filter((annotation) => isTrue(annotation, ["ground_truth", "honeypot"]));
    const votes = new Map<string, number>();
    for (const annotation of truths.length > 0 ? truths : valid) {
      for (const name of new Set(this.#classesOf(annotation))) {
        votes.set(name, (votes.get(name) ?? 0) + 1);
      }
    }
    const classes = [...votes].sort(([, a], [, b]) => b - a).map(([name]) => name);
    return { ...task, [this.#label]: classes };
  }

  #classesOf(annotation: object): string[] {
    const results = member(annotation, "result");
    return (Array.isArray(results) ? results : []).flatMap((result) => {
      const classes = classesIn(member(result, "value"));
      const control = member(result, "from_name");
      if (classes.length === 0 || typeof control !== "string") return classes;
      if (this.#control === null) this.#control = control;
      if (this.#control === control) return classes;
      if (this.format.labelColumn === this.#control) return [];
      throw new CorpusError(
        "bad-format",
        `The tasks have choices of several names: ${JSON.stringify(this.#control)}, ${JSON.stringify(control)}. Name one as the label column.`,
      );
    });
  }
}

function classesIn(value: unknown): string[] {
  const rating = member(value, "rating");
  if (typeof rating === "number") return [String(rating)];
  const found = member(value, "choices") ?? member(value, "taxonomy");
  // A class of a taxonomy is the list of names that lead to it.
  return (Array.isArray(found) ? found : []).map((name) =>
    Array.isArray(name) ? name.join("/") : String(name),
  );
}

function annotationsOf(task: object): object[] | null {
  const found = member(task, "annotations") ?? member(task, "completions");
  return Array.isArray(found) && found.every(isObject) ? found : null;
}

const isMin = (object: object) =>
  MIN_MEMBERS.every((name) => Object.hasOwn(object, name)) && !Object.hasOwn(object, "label");

/** The choice of a JSON-MIN task, by its form or else by its name. */
function minLabel(task: object): string {
  const names = Object.keys(task);
  const byForm = names.find((name) => isChoices(member(task, name)));
  return byForm ?? CHOICE_NAMES.find((name) => names.includes(name)) ?? "label";
}

/** JSON-MIN has several choices as an object. */
const isChoices = (value: unknown): value is { choices: unknown[] } =>
  Array.isArray(member(value, "choices"));

const isTrue = (object: unknown, names: readonly string[]) =>
  names.some((name) => member(object, name) === true);
