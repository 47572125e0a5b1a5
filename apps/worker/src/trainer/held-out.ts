import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readSealed, writeSealed } from "../sealed-file.js";

/** A fold's held-out probabilities of each epoch, until all of them are written to Postgres. */
export interface HeldOutFiles {
  save(epoch: number, probs: Float32Array): Promise<void>;
  /** Throws when the epoch's file is not there or broken; the fold's states are then gone too. */
  load(epoch: number): Promise<Float32Array>;
}

const nameOf = (epoch: number, attempt: number) =>
  `${String(epoch).padStart(4, "0")}-${String(attempt).padStart(4, "0")}.held-out`;

/**
 * Opens the files in the task's folder of checkpoints, so that an attempt which goes on from a state
 * has the epochs before it. Each attempt writes files of its own: a stale one overwrites nothing.
 * `forget` takes the whole folder away: without an epoch's predictions the fold is trained anew.
 */
export function openHeldOut(
  folder: string,
  attempt: number,
  forget: () => Promise<void>,
): HeldOutFiles {
  return {
    async save(epoch, probs) {
      const bytes = new Uint8Array(probs.buffer, probs.byteOffset, probs.byteLength);
      await writeSealed(join(folder, nameOf(epoch, attempt)), [bytes]);
    },
    async load(epoch) {
      const prefix = nameOf(epoch, 0).slice(0, 5);
      const names = await readdir(folder).catch(() => []);
      const own = names.filter((name) => name.startsWith(prefix) && name.endsWith(".held-out"));
      // Of the latest attempt: the one that this one went on from, or itself.
      const latest = own.sort().at(-1);
      const bytes = latest === undefined ? null : await readSealed(join(folder, latest));
      if (bytes === null || bytes.byteLength % 4 !== 0) {
        await forget();
        throw new Error(`the predictions of epoch ${epoch} are lost; the fold is trained anew`);
      }
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    },
  };
}
