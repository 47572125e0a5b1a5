/** One comparison that failed: what, and by how much. */
export interface Difference {
  what: string;
  largest: number;
  allowed: number;
}

/** What a case came to. */
export interface CaseReport {
  comparisons: number;
  /** Largest difference seen of each kind, as a share of what is allowed. */
  closest: Record<string, number>;
  differences: Difference[];
}

/** Compares a case folder with what the built package computes on the current backend. */
export function checkAlbertCase(
  folder: string,
  format: "safetensors" | "tensorflow-bundle",
  engine?: "eager" | "graph",
): Promise<CaseReport>;

/** Compares a folder of tokenizer cases: `expected.json` and the vocabulary it names. */
export function checkTokenizerCases(folder: string): Promise<CaseReport>;
