import { CorpusError } from "@winnow/corpus/errors";
import { NpyError, type NpyErrorCode } from "@winnow/npy";
import type { Fault } from "./messages.js";

/** A path that leads to no file below its root. */
export class OutsideError extends Error {
  override readonly name = "OutsideError";
}

/** An error for the other process; classes do not survive the way. */
export function faultOf(error: unknown): Fault {
  if (error instanceof CorpusError) {
    const { code, message, details } = error;
    return { name: "CorpusError", code, message, details };
  }
  if (error instanceof NpyError) {
    return { name: "NpyError", code: error.code, message: error.message };
  }
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof OutsideError) return { name: "OutsideError", message };
  const { code } = error as { code?: unknown };
  return { name: "Error", message, stack, code: typeof code === "string" ? code : null };
}

/** The error that the other process met. */
export function errorOf(fault: Fault): Error {
  switch (fault.name) {
    case "CorpusError":
      return new CorpusError(fault.code, fault.message, fault.details);
    case "NpyError":
      return new NpyError(fault.code as NpyErrorCode, fault.message);
    case "OutsideError":
      return new OutsideError(fault.message);
    case "Error": {
      const { message, stack, code } = fault;
      return Object.assign(new Error(message), { stack }, code === null ? {} : { code });
    }
  }
}
