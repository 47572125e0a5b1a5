import type { VectorSource } from "@winnow/linear";
import type { ScratchFile } from "@winnow/storage";
import type { Store } from "@winnow/store";
import type { ChildMessage, EmbeddingsSettings } from "../../trainer/messages.js";
import type { EncoderDeps } from "./run-encoder.js";

/** What opening a run's vectors uses. */
export interface VectorDeps extends Omit<EncoderDeps, "backend"> {
  readonly store: Store;
  /** null: no endpoint can be asked. */
  readonly embeddings: EmbeddingsSettings | null;
  /** Holds the vectors, of which passes read one block at a time. */
  readonly scratch: ScratchFile;
  /** Sends a message to the worker. */
  send(message: ChildMessage): void;
}

export interface RunVectors {
  readonly vectors: VectorSource;
  /** The digest of the encoder or the endpoint that made them; null where an upload has them. */
  readonly encoder: string | null;
}
