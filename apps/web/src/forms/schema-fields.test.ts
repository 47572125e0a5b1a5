import { PruningOptions, TrainingParams } from "@winnow/contracts";
import { expect, it } from "vitest";
import { z } from "zod";
import { fieldsOf } from "./schema-fields.js";

it("makes fields of numbers, choices and switches, with their bounds, defaults and descriptions", () => {
  const schema = z
    .strictObject({
      epochs: z.int().min(1).max(100).optional().meta({ description: "Passes" }),
      rate: z.number().positive().max(1).default(0.5),
      order: z.enum(["a", "b"]).meta({ id: "Order" }).default("a"),
      keep: z.boolean().default(false),
      source: z.strictObject({ id: z.string() }).optional(),
      choice: z.union([z.literal("x"), z.int()]).optional(),
    })
    .meta({ id: "Named" });
  expect(fieldsOf(schema)).toMatchObject([
    { name: "epochs", kind: "number", isInteger: true, min: 1, max: 100, help: "Passes" },
    { name: "rate", kind: "number", isInteger: false, min: 0, max: 1, standard: 0.5 },
    { name: "order", kind: "choice", options: ["a", "b"], standard: "a" },
    { name: "keep", kind: "switch", standard: false },
  ]);
  expect(fieldsOf(schema, ["keep", "none"]).map(({ name }) => name)).toEqual(["keep"]);
});

it("finds the fields of the contract's own forms", () => {
  const training = fieldsOf(TrainingParams).map(({ name }) => name);
  expect(training).toEqual(
    expect.arrayContaining(["recipe", "epochs", "learningRate", "keepModels"]),
  );
  expect(training).not.toContain("schedule");
  const method = fieldsOf(PruningOptions, ["method"])[0];
  expect(method?.kind === "choice" && method.options).toContain("prune_by_noise_rate");
});
