import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { AppError, problemOf } from "@winnow/contracts";

/** Answers what the HTTP parser refuses, and closes the socket. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET") socket.destroy();
  else answerAndClose(problemOfParser(error.code), socket);
}

/** Sends a problem where there is no reply to send it, and closes the socket. */
export function answerAndClose(error: AppError, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function problemOfParser(code: string | undefined): AppError {
  switch (code) {
    case "HPE_INVALID_METHOD":
      return new AppError("method-unknown", "HTTP knows no such method.");
    case "HPE_HEADER_OVERFLOW":
      return new AppError("headers-too-large", "The headers have more than 16 KiB.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new AppError("request-timeout", "The headers did not arrive in time.");
    default:
      return new AppError(
        "validation-failed",
        "The bytes on the connection are not an HTTP request.",
      );
  }
}
