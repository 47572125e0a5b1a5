// What a task's folder below checkpoints/, or its prefix in a bucket, holds:
//
//   00000012-1.checkpoint            the 12th state that was saved, by the task's first attempt
//   00000012-1.checkpoint.<..>.part  one that is being written, or was by a process that died
//   0003-0001.held-out               the held-out probabilities of epoch 3, by the first attempt
//
// The attempt is part of every name, so that a stale attempt overwrites nothing.

const CHECKPOINT = /^(\d{8})-\d+\.checkpoint$/;
const LEFTOVER = /^\d{8}-(\d+)\.checkpoint\..*part$/;
const HELD_OUT = /^(\d+)-\d+\.held-out$/;

export const checkpointName = (number: number, attempt: number): string =>
  `${String(number).padStart(8, "0")}-${attempt}.checkpoint`;

/** The number of a state; null for any other name. */
export const checkpointNumber = (name: string): number | null => numberIn(CHECKPOINT, name);

/** The states among the names, newest first. */
export const newestCheckpoints = (names: readonly string[]): string[] =>
  names.filter((name) => CHECKPOINT.test(name)).sort((a, b) => (a < b ? 1 : -1));

/** The attempt that began to write a state and did not end; null for any other name. */
export const leftoverAttempt = (name: string): number | null => numberIn(LEFTOVER, name);

export const heldOutName = (epoch: number, attempt: number): string =>
  `${String(epoch).padStart(4, "0")}-${String(attempt).padStart(4, "0")}.held-out`;

/** The epoch whose held-out probabilities the name is; null for any other name. */
export const heldOutEpoch = (name: string): number | null => numberIn(HELD_OUT, name);

function numberIn(pattern: RegExp, name: string): number | null {
  const found = pattern.exec(name)?.[1];
  return found === undefined ? null : Number(found);
}
