import { AppError, problemOf } from "@winnow/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type ScriptedServer,
  startScriptedServer,
} from "../../../../test/support/scripted-server.js";
import { createClient } from "../service/create-client.js";

const ID = "up_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
let server: ScriptedServer;

beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.close());

const upload = (received: number, status = 200) => ({
  status,
  body: {
    id: ID,
    bytes: 5,
    received,
    sha256: received === 5 ? "0".repeat(64) : null,
    createdAt: "2026-11-26T00:00:00.000Z",
  },
});
const ranges = () => server.seen.map(({ headers }) => headers["content-range"]).filter(Boolean);
const open = () => createClient(server.url, { retries: 0 });

it("sends a file in parts and says how much has arrived", async () => {
  server.answer(upload(0, 201), upload(2), upload(4), upload(5));
  const seen: number[] = [];
  const file = new Blob(["12345"]);
  const done = await open().uploadFile(file, { partBytes: 2, onProgress: (n) => seen.push(n) });
  expect(done.received).toBe(5);
  expect(seen).toEqual([0, 2, 4, 5]);
  expect(ranges()).toEqual(["bytes 0-1/5", "bytes 2-3/5", "bytes 4-4/5"]);
  expect(server.seen.map(({ body }) => body)).toEqual(["", "12", "34", "5"]);
});

it("goes on from the last byte that arrived when an answer was lost", async () => {
  server.answer(upload(0, 201), (response) => response.destroy(), upload(2), upload(5));
  await open().uploadFile(new Blob(["12345"]), { partBytes: 3 });
  expect(server.seen.map(({ method }) => method)).toEqual(["POST", "PATCH", "GET", "PATCH"]);
  expect(ranges()).toEqual(["bytes 0-2/5", "bytes 2-4/5"]);
});

it("goes on where the service says that the part had arrived", async () => {
  const conflict = new AppError("upload-conflict", "The upload has 3 bytes.");
  server.answer(
    upload(0, 201),
    { status: conflict.status, body: problemOf(conflict, "req-1") },
    upload(3),
    upload(5),
  );
  await open().uploadFile(new Blob(["12345"]), { partBytes: 3 });
  expect(ranges()).toEqual(["bytes 0-2/5", "bytes 3-4/5"]);
});

it("resumes an upload that was begun before, and refuses another file for it", async () => {
  server.answer(upload(4), upload(5));
  await open().uploadFile(new Blob(["12345"]), { resume: ID });
  expect(ranges()).toEqual(["bytes 4-4/5"]);
  server.answer(upload(4));
  await expect(open().uploadFile(new Blob(["1234"]), { resume: ID })).rejects.toThrow("5 bytes");
});

it("gives up where the service refuses", async () => {
  const refusal = new AppError("quota-exceeded", "There is no room left.");
  server.answer(upload(0, 201), { status: refusal.status, body: problemOf(refusal, "req-1") });
  await expect(open().uploadFile(new Blob(["12345"]))).rejects.toThrow("no room left");
});
