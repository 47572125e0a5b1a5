import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ConfigError, parseSettings } from "@winnow/contracts";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isTracing, TRACING_SETTINGS } from "./settings.js";

const index = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
const parse = (env: Record<string, string>) => parseSettings(z.object(TRACING_SETTINGS), env);

describe("traces", () => {
  it.each([
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://otel.example/traces" }, true],
    [{ OTEL_TRACES_EXPORTER: "otlp" }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", OTEL_TRACES_EXPORTER: "none" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", OTEL_SDK_DISABLED: "true" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, false],
  ])("with %j are on: %s", (env, on) => {
    expect(isTracing(parse(env))).toBe(on);
  });

  it("are refused where they could not be sent, with every reason", () => {
    const wrong = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_TRACES_EXPORTER: "jaeger",
      OTEL_TRACES_SAMPLER: "some",
      OTEL_TRACES_SAMPLER_ARG: "2",
    };
    const faults = Object.keys(wrong).map((name) => expect.stringContaining(`${name}: must be`));
    expect(() => parse(wrong)).toThrow(ConfigError);
    try {
      parse(wrong);
    } catch (error) {
      expect((error as ConfigError).faults).toEqual(expect.arrayContaining(faults));
    }
  });

  it.each([
    [false, 0],
    [true, 8],
  ])("that are on: %s load so many of OpenTelemetry's packages: %i", (on, least) => {
    const program = `
      const { openTracing } = await import(${JSON.stringify(index)});
      const { createRequire } = await import("node:module");
      const options = { on: ${on}, service: "test", version: "1", instance: "a", onError() {} };
      const tracing = await openTracing(options);
      await tracing?.close();
      const files = Object.keys(createRequire(import.meta.url).cache).join("\\n");
      console.log(new Set(files.match(/@opentelemetry\\/[^/]+/g)).size);`;
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", program]);
    if (least === 0) expect(Number(said)).toBe(0);
    else expect(Number(said)).toBeGreaterThanOrEqual(least);
  });
});
