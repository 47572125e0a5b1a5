import { describeSettings } from "@winnow/contracts";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { API_SETTINGS } from "../../apps/api/src/config.js";
import { CLI_SETTINGS } from "../../apps/cli/src/config.js";
import { WORKER_SETTINGS } from "../../apps/worker/src/config.js";

const PROGRAMS = { api: API_SETTINGS, worker: WORKER_SETTINGS, cli: CLI_SETTINGS };

describe.each(Object.entries(PROGRAMS))("the settings of %s", (_, schema) => {
  const settings = describeSettings(schema);

  it("are described in whole sentences, with a unit where they are amounts", () => {
    for (const { name, description, unit } of settings) {
      expect(description, name).toMatch(/^[A-Z`].*\.$/);
      if (/_MS$/.test(name)) expect(unit, name).toBe("ms");
      if (/_BYTES$/.test(name)) expect(unit, name).toBe("bytes");
    }
  });

  it("have defaults that they accept, and say which have none", () => {
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
    for (const { name, default: fallback, required } of settings) {
      const setting = shape[name]!;
      expect(setting.safeParse(undefined).success, name).toBe(!required);
      if (fallback !== null) expect(setting.safeParse(fallback).success, name).toBe(true);
    }
  });
});

it("a variable that two programs read has one default and one meaning", () => {
  const all = Object.values(PROGRAMS).flatMap((schema) => describeSettings(schema));
  for (const { name, ...setting } of all) {
    const { description, unit, default: fallback } = setting;
    for (const other of all.filter((one) => one.name === name)) {
      expect(other, name).toMatchObject({ description, unit, default: fallback });
    }
  }
});

it("a variable that one program needs may be optional in another", () => {
  const redisOf = (schema: (typeof PROGRAMS)[keyof typeof PROGRAMS]) =>
    describeSettings(schema).find(({ name }) => name === "REDIS_URL");
  expect(redisOf(WORKER_SETTINGS)).toMatchObject({ required: true, default: null });
  expect(redisOf(API_SETTINGS)).toMatchObject({ required: false, default: null });
});
