import { expect, it } from "vitest";
import { z } from "zod";
import type { Route } from "../routes/route.js";
import { ROUTES } from "../routes/routes.js";
import { listOf, text } from "./constraints.js";

const ITEM = z.strictObject({ from: text(), to: text().min(1) });

/** A list that counts how many of its items are looked at. */
function watched<T>(items: T[]): { items: T[]; seen: () => number } {
  const seen = new Set<string | symbol>();
  const get = (target: T[], key: string | symbol) => {
    if (typeof key === "string" && /^\d+$/.test(key)) seen.add(key);
    return Reflect.get(target, key);
  };
  return { items: new Proxy(items, { get }), seen: () => seen.size };
}

it("a list keeps its items in order, across the parts that it is checked in", () => {
  const items = Array.from({ length: 1234 }, (_, i) => ({ from: `${i}`, to: "x" }));
  expect(listOf(ITEM, { max: 5000 }).parse(items)).toEqual(items);
  const upper = listOf(
    text().transform((one) => one.toUpperCase()),
    { max: 5000 },
  );
  expect(upper.parse(Array(250).fill("a"))).toEqual(Array(250).fill("A"));
});

it("faults name the place in the whole list", () => {
  const items = Array.from({ length: 500 }, (_, i) => ({ from: "a", to: i === 321 ? "" : "b" }));
  const { error } = listOf(ITEM, { max: 5000 }).safeParse(items);
  expect(error?.issues.map(({ path }) => path)).toEqual([[321, "to"]]);
});

it("a wrong list is not read past its hundredth fault", () => {
  const { items, seen } = watched(Array(100_000).fill({ from: "", to: "" }));
  const { error } = listOf(ITEM, { max: 200_000 }).safeParse(items);
  expect(error?.issues).toHaveLength(100);
  expect(seen()).toBe(100);
});

it("a list that is too long is not read, with a description too", () => {
  for (const list of [listOf(ITEM, { max: 10 }), listOf(ITEM, { max: 10 }).meta({ title: "x" })]) {
    const { items, seen } = watched(Array(11).fill({}));
    const { error } = list.safeParse(items);
    expect(error?.issues).toMatchObject([{ code: "too_big", maximum: 10, path: [] }]);
    expect(seen()).toBe(0);
  }
});

it("a list that is too short, or none, is refused as by zod", () => {
  const list = listOf(ITEM, { min: 2, max: 10 });
  const plain = z.array(ITEM).min(2).max(10);
  for (const value of [[], [{ from: "", to: "b" }], "x", null, {}]) {
    expect(list.safeParse(value).error?.issues).toEqual(plain.safeParse(value).error?.issues);
  }
  expect(z.toJSONSchema(list)).toEqual(z.toJSONSchema(plain));
});

/** Every schema within a schema. */
function* within(schema: z.ZodType, seen = new Set<z.ZodType>()): Generator<z.ZodType> {
  if (seen.has(schema)) return;
  seen.add(schema);
  yield schema;
  const children = Object.values(schema.def as object).flatMap((value) =>
    value instanceof z.ZodType
      ? [value]
      : Array.isArray(value)
        ? value
        : value?.constructor === Object
          ? Object.values(value as object)
          : [],
  );
  for (const child of children) if (child instanceof z.ZodType) yield* within(child, seen);
}

it("every list that a long body may have stops at its hundredth fault", () => {
  let lists = 0;
  for (const [name, { body, maxBodyBytes }] of Object.entries<Route>(ROUTES)) {
    if (!body || maxBodyBytes === undefined) continue;
    for (const schema of within(body)) {
      if (!(schema instanceof z.ZodArray)) continue;
      lists++;
      const { items, seen } = watched(Array(300).fill(Symbol("fits nothing")));
      expect(schema.safeParse(items).success, name).toBe(false);
      expect(seen(), `${name}: a list in its body`).toBeLessThanOrEqual(100);
    }
  }
  expect(lists).toBeGreaterThan(5);
});
