import type { VectorSource } from "@winnow/linear";
import type { ScratchFile } from "@winnow/storage";
import type { Store } from "@winnow/store";
import type { ChildMessage } from "../../trainer/messages.js";
import type { EncoderDeps } from "./run-encoder.js";

/** What opening a run's vectors uses. */
export interface VectorDeps extends Omit<EncoderDeps, "backend"> {
  readonly store: Store;
  /** Holds the vectors, of which passes read one block at a time. */
  readonly scratch: ScratchFile;
  /** Sends a message to the worker. */
  send(message: ChildMessage): void;
}

export interface RunVectors {
  readonly vectors: VectorSource;
  /** The digest of the encoder that made them; null where an upload has them. */
  readonly encoder: string | null;
}
