import { expect, it } from "vitest";
import { isConnectionLost } from "./connection-lost.js";

it.each([
  [Object.assign(new Error("terminating connection"), { code: "57P01" })],
  [Object.assign(new Error("read"), { code: "ECONNRESET" })],
  // What pg says without a code.
  [new Error("timeout exceeded when trying to connect")],
  [new Error("Connection terminated unexpectedly")],
  [new Error("Connection terminated due to connection timeout")],
  [new Error("Client has encountered a connection error and is not queryable")],
  [new Error("a query failed", { cause: new Error("Connection terminated") })],
])("%s is a database that is away", (error) => expect(isConnectionLost(error)).toBe(true));

it.each([
  [Object.assign(new Error("connection terminated by a rule"), { code: "23505" })],
  [new Error("a deadline was exceeded")],
  [null],
  ["ECONNRESET"],
])("%s is not", (error) => expect(isConnectionLost(error)).toBe(false));
