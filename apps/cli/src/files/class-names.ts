import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Client } from "@winnow/client";
import { readNames } from "@winnow/npy";
import { CliError } from "../terminal/failure.js";
import { naming } from "./naming.js";
import { uploadFile } from "./upload-file.js";

/** The help of `--classes`. */
export const CLASSES_HELP =
  "class names in column order: a file (one a line, JSON or npy), or a,b,c";

/** A list of class names as it is given: itself, or a file that holds it. */
type ClassList = { readonly names: readonly string[] } | { readonly file: string };

/**
 * Reads the value of `--classes`: a JSON array, the path of a file, or names with commas between
 * them. Throws `file-not-found` where it is neither.
 */
async function parseClassList(text: string): Promise<ClassList> {
  if (text.startsWith("[")) return { names: jsonNames(text) };
  if ((await stat(text).catch(() => null))?.isFile()) return { file: text };
  if (text.includes(",")) return { names: text.split(",") };
  throw new CliError(
    "file-not-found",
    `There is no file ${text}; a list of names has commas between them (a,b,c) or is a JSON array.`,
  );
}

/** The names themselves. Errors name the file. */
export async function readClassList(text: string): Promise<readonly string[]> {
  const list = await parseClassList(text);
  if ("names" in list) return list.names;
  return naming(list.file, () => readNames(createReadStream(list.file)));
}

/** The names of `--label-names`, without blanks around them; undefined without the option. */
export async function readLabelNames(text: string | undefined): Promise<string[] | undefined> {
  if (text === undefined) return undefined;
  const names = await readClassList(text.startsWith("@") ? text.slice(1) : text);
  return names.map((name) => name.trim());
}

/** The file that `--label-names` names, if it names one. */
export const namesFile = (text: string | undefined): string | undefined =>
  text?.startsWith("@") ? text.slice(1) : text;

/** The list as the API takes it: names as they are, a file as the id of its upload. */
export async function sentClasses(
  text: string,
  client: Client,
  signal: AbortSignal,
): Promise<string | string[]> {
  const list = await parseClassList(text);
  if ("file" in list) return (await uploadFile(client, list.file, signal)).id;
  return [...list.names];
}

/** Throws `classes-mismatch` unless there is a name for each of the `k` columns, and no name twice. */
export function requireClasses(names: readonly string[], k: number): void {
  if (names.length !== k) {
    throw new CliError(
      "classes-mismatch",
      `--classes has ${names.length} names and there are ${k} columns of probabilities.`,
    );
  }
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated === undefined) return;
  throw new CliError("classes-mismatch", `--classes has ${JSON.stringify(repeated)} twice.`);
}

function jsonNames(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  } catch {}
  throw new CliError("bad-names", `${text.slice(0, 80)} is not a JSON array of strings.`);
}
