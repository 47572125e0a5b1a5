import type { CorpusError } from "../errors.js";
import { unsupported } from "./signatures.js";

/** Text that is no table, by how it begins after a byte order mark and blanks. */
const TEXT_KINDS: readonly { begins: RegExp; name: string; advice: string }[] = [
  {
    begins: /^(<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]|<table[\s>]|<script[\s>])/i,
    name: "an HTML page",
    advice:
      "If it was downloaded, the server may have sent a login or error page instead of the data. A table in it is read by pandas.read_html(FILE) in Python, or saved as xlsx or csv by a spreadsheet.",
  },
  {
    begins: /^<\?xml|^<[a-z][\w:.-]*(\s[^<>]*)?>/i,
    name: "an XML file",
    advice:
      'Write its records as csv or jsonl, in Python: pandas.read_xml(FILE).to_csv("data.csv", index=False).',
  },
  {
    begins: /^(%YAML|---\s*\n|- \w[\w-]*:\s)/,
    name: "a YAML file",
    advice:
      'Write it as JSON, in Python: json.dump(yaml.safe_load(open(FILE)), open("data.json", "w")).',
  },
  {
    begins: /^@relation\s/i,
    name: "an ARFF file",
    advice: "Write its rows as csv, for example with scipy.io.arff.loadarff(FILE) in Python.",
  },
  {
    begins:
      /^(-- |\/\*|BEGIN;|SET |DROP TABLE|CREATE TABLE|INSERT INTO)(.*\n){0,60}?.*\b(SQL dump|database dump|CREATE TABLE|INSERT INTO)\b/i,
    name: "an SQL dump",
    advice: "Load it into a database, and export the table as csv.",
  },
];

/**
 * CorpusError "unsupported-file" for text that is no table but HTML, XML, YAML, ARFF or SQL; null
 * for any other. A row of a table can begin like that too, so this only explains why a file had no
 * rows.
 */
export function unsupportedText(head: string): CorpusError | null {
  const text = head.replace(/^\uFEFF/, "").trimStart();
  const kind = TEXT_KINDS.find(({ begins }) => begins.test(text));
  return kind ? unsupported(kind.name, kind.advice) : null;
}
