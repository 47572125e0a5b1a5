import type { CorpusSample } from "../rows/samples.js";
import type { NoiseSpec } from "../sampling/noise.js";

/** A dataset's samples from the first, in batches; called twice. */
export type OpenSamples = () => AsyncIterable<readonly CorpusSample[]>;

/** What is taken over of a dataset, and what is made wrong in it. */
export interface DeriveOptions {
  /** The number of its samples. */
  rows: number;
  /** Its classes by index: the derived dataset has the same ones, even where no row is left. */
  classNames: readonly string[];
  /** Whether the classes are paths, whose levels the profile counts. */
  paths?: boolean | undefined;
  /** "first" keeps only the first row of each text. Default "keep". */
  duplicates?: "keep" | "first" | undefined;
  /** Rows of classes with fewer are left out. */
  minPerClass?: number | undefined;
  /** At most `perClass` rows of each given class, drawn as `readCorpus` draws them. */
  sampling?: { perClass: number; seed: number } | undefined;
  /** Wrong labels on purpose: the rows' labels become true labels, and some are given others. */
  noise?: { spec: NoiseSpec; seed: number } | undefined;
  signal?: AbortSignal | undefined;
  /** Rows read so far, of twice their number. */
  onProgress?: ((rows: number) => void) | undefined;
}
