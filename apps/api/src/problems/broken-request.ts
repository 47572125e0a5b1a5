import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { AppError, problemOf } from "@winnow/contracts";

/** Answers bytes that are not an HTTP request, or have too large headers, and closes the socket. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(
    error.code === "HPE_INVALID_METHOD"
      ? new AppError("method-unknown", "HTTP knows no such method.")
      : new AppError("validation-failed", "The bytes on the connection are not an HTTP request."),
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
