import { rejectWriter, sampleWriter } from "@winnow/copy-rows";
import type { CorpusBatch } from "@winnow/corpus";
import type { RowBatch } from "../messages/messages.js";

/** Writes rows into batches of bounded size: a few thousand rows, or one long one. */
export class RowBatches {
  readonly #samples = sampleWriter();
  readonly #rejects = rejectWriter();
  /** Whether a sample had a true label. */
  hasTrueLabels = false;

  /** Writes a batch of the corpus; yields what is full. */
  *of({ samples, rejects }: CorpusBatch): Generator<RowBatch> {
    for (const sample of samples) {
      if (sample.trueClassIndex !== null) this.hasTrueLabels = true;
      this.#samples.add(sample);
      if (this.#samples.full) yield this.take();
    }
    for (const reject of rejects) {
      this.#rejects.add(reject);
      if (this.#rejects.full) yield this.take();
    }
  }

  /** What is written and was not yielded. */
  take(): RowBatch {
    return { samples: this.#samples.take(), rejects: this.#rejects.take() };
  }
}
