import { expect, it } from "vitest";
import { z } from "zod";
import {
  ConfigError,
  describeSettings,
  flag,
  oneOf,
  parseSettings,
  SHARED_SETTINGS,
  urlOf,
  wholeNumber,
} from "./settings.js";

const SCHEMA = z.object({
  URL: urlOf("https", "http").meta({ description: "The address." }),
  PORT: wholeNumber(0, 65_535).prefault("80").meta({ description: "The port.", unit: "ports" }),
  FLAG: flag().prefault("false"),
  MODE: oneOf(["a", "b", "c"]).optional(),
});

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseSettings(SCHEMA, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

it("reads variables, with defaults for unset and empty ones", () => {
  const environment = { URL: "http://a", PORT: "", FLAG: "true", OTHER: "x" };
  expect(parseSettings(SCHEMA, environment)).toEqual({ URL: "http://a", PORT: 80, FLAG: true });
});

it("reports every fault, each with its variable and what the variable must be", () => {
  expect(faultsOf({ PORT: "65536", FLAG: "yes", MODE: "d" })).toEqual([
    "URL: must be set",
    "PORT: must be between 0 and 65535",
    "FLAG: must be true or false",
    "MODE: must be a, b or c",
  ]);
  expect(faultsOf({ URL: "ftp://a" })).toEqual([
    "URL: must be a URL that starts with https:// or http://",
  ]);
  expect(new ConfigError(["A: is bad", "B: is worse"]).message).toBe(
    "The settings are invalid:\n  A: is bad\n  B: is worse",
  );
});

it.each(["1e3", "-1", "1.5", " 1", "0x10", "", "9".repeat(17)])(
  "%j is not a whole number",
  (text) => {
    expect(wholeNumber(0, 1e9).safeParse(text).success).toBe(false);
  },
);

it("describes every variable, whatever wraps its schema", () => {
  const optional = z.object({ URL: SCHEMA.shape.URL.optional() });
  expect(describeSettings(optional)).toEqual([
    { name: "URL", description: "The address.", unit: null, default: null, required: false },
  ]);
  expect(describeSettings(SCHEMA).slice(0, 2)).toEqual([
    { name: "URL", description: "The address.", unit: null, default: null, required: true },
    { name: "PORT", description: "The port.", unit: "ports", default: "80", required: false },
  ]);
});

it("a password that is not percent-encoded is named, and no part of it is printed", () => {
  const schema = z.object({ REDIS_URL: SHARED_SETTINGS.REDIS_URL });
  expect(() => parseSettings(schema, { REDIS_URL: "redis://:50%off@127.0.0.1:6379" })).toThrow(
    /^The settings are invalid:\n {2}REDIS_URL: its user and password must be percent-encoded/,
  );
});
