import { expect, it } from "vitest";
import { openBackends } from "./backends.js";

function opened(available: readonly string[]) {
  const asked: string[] = [];
  let time = 0;
  const backends = openBackends(
    "tfjs-node",
    async (name) => {
      asked.push(name);
      return available.includes(name);
    },
    () => time,
  );
  return { backends, asked, pass: (ms: number) => (time += ms) };
}

it("trains on what the probe chose where a job asks for it or for auto", async () => {
  const { backends, asked } = opened([]);
  expect(await backends.choose("auto")).toBe("tfjs-node");
  expect(await backends.choose("tfjs-node")).toBe("tfjs-node");
  expect(asked).toEqual([]);
});

it("tries another backend once, when a job first names it", async () => {
  const { backends, asked } = opened(["wasm"]);
  const found = await Promise.all([backends.choose("wasm"), backends.choose("wasm")]);
  expect([...found, await backends.choose("wasm")]).toEqual(["wasm", "wasm", "wasm"]);
  expect(asked).toEqual(["wasm"]);
});

it("never takes another backend for one that is absent, and tries it again later", async () => {
  const { backends, asked, pass } = opened(["wasm"]);
  expect(await backends.choose("tfjs-node-gpu")).toBeNull();
  expect(await backends.choose("tfjs-node-gpu")).toBeNull();
  expect(asked).toEqual(["tfjs-node-gpu"]);
  pass(11 * 60_000);
  expect(await backends.choose("tfjs-node-gpu")).toBeNull();
  expect(asked).toEqual(["tfjs-node-gpu", "tfjs-node-gpu"]);
});
