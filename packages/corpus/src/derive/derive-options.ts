import type { FileColumn } from "../rows/file-column.js";
import type { LabelCells } from "../rows/relabelled.js";
import type { CorpusSample } from "../rows/samples.js";
import type { DissentSpec } from "../sampling/dissent.js";
import type { NoiseSpec } from "../sampling/noise.js";

/** Opens a dataset's samples from the start, in batches; called twice. */
export type OpenSamples = () => AsyncIterable<readonly CorpusSample[]>;

/** Which samples of a dataset are kept, and what noise is injected. */
export interface DeriveOptions {
  /** The dataset's number of samples. */
  rows: number;
  /** Its classes by index: the derived dataset has the same classes, even those without rows. */
  classNames: readonly string[];
  /** The columns of its samples' cells. */
  columns?: readonly FileColumn[] | undefined;
  /** How its file writes the labels of a class, where that is not its name. */
  labelCells?: LabelCells | undefined;
  /** The names of the annotators whose votes samples have, by number. */
  annotators?: readonly string[] | undefined;
  /** (rows) how probable `newLabels` are, where they are a consensus. */
  labelQuality?: Float64Array | undefined;
  /** Whether the classes are paths; the profile then counts their levels. */
  paths?: boolean | undefined;
  /** (rows) the class that each row gets, -1 for one that is left out; without it each keeps its own. */
  newLabels?: Int32Array | undefined;
  /** "first" keeps only the first row of each text. Default "keep". */
  duplicates?: "keep" | "first" | undefined;
  /** Rows of classes with fewer are left out. */
  minPerClass?: number | undefined;
  /** At most `perClass` rows of each given class, drawn as `readCorpus` draws them. */
  sampling?: { perClass: number; seed: number } | undefined;
  /** Injected label noise: the rows' labels become true labels, and some rows are given others. */
  noise?: { spec: NoiseSpec | DissentSpec; seed: number } | undefined;
  signal?: AbortSignal | undefined;
  /** Rows read so far; the total is twice the number of samples. */
  onProgress?: ((rows: number) => void) | undefined;
}
