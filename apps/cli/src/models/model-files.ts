import type { ListFileEntry } from "@huggingface/hub";
import { CliError } from "../terminal/failure.js";
import { bytes } from "../terminal/text.js";

/** Configuration and vocabulary, as far as encoders read them. */
const SMALL = ["config.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt"];
/** Weights, the first form that is there: whole or in shards, with the index that lists these. */
const WEIGHTS = ["model.safetensors", "pytorch_model.bin"];
/** What is read at once later must fit into one buffer. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The files of a repository that an encoder needs, and nothing else: no other form of the same weights,
 * no code, no pictures. Throws CliError `model-unsuitable`.
 */
export function neededFiles(name: string, entries: readonly ListFileEntry[]): ListFileEntry[] {
  const files = new Map(
    entries.filter(({ type }) => type === "file").map((entry) => [entry.path, entry]),
  );
  const unsuitable = (what: string) => new CliError("model-unsuitable", `${name} ${what}`);
  if (!files.has("config.json")) throw unsuitable("has no config.json: it is no encoder's folder");
  if (!files.has("tokenizer.json") && !files.has("vocab.txt"))
    throw unsuitable("has neither tokenizer.json nor vocab.txt: its texts cannot be read");
  const weights = WEIGHTS.map((whole) => weightsNamed(files, whole)).find(
    (found) => found.length > 0,
  );
  if (weights === undefined) {
    throw unsuitable(
      `has no ${WEIGHTS.join(" and no ")}: convert it once with save_pretrained(folder) in Python`,
    );
  }
  const needed = [...SMALL, ...weights].flatMap((path) => files.get(path) ?? []);
  const large = needed.find(({ size }) => size > MOST_BYTES);
  if (large !== undefined)
    throw unsuitable(
      `has ${large.path} of ${bytes(large.size)}; at most ${bytes(MOST_BYTES)} can be read`,
    );
  return needed;
}

function weightsNamed(files: ReadonlyMap<string, ListFileEntry>, whole: string): string[] {
  if (files.has(whole)) return [whole];
  const index = `${whole}.index.json`;
  if (!files.has(index)) return [];
  const [stem, end] = [whole.slice(0, whole.lastIndexOf(".")), whole.slice(whole.lastIndexOf("."))];
  const isShard = (path: string) =>
    path.startsWith(`${stem}-`) && path.endsWith(end) && !path.includes("/");
  return [index, ...[...files.keys()].filter(isShard).sort()];
}
