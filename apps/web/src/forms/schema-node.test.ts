import { DatasetIngestParams, describeJob, FoldTrainingParams, JOB_KINDS } from "@winnow/contracts";
import { expect, it } from "vitest";
import { z } from "zod";
import { fieldsOf, formOf, optionOf, type SchemaNode, startOf } from "./schema-node.js";

const field = (schema: z.ZodType, name: string): SchemaNode => {
  const found = formOf(schema).fields.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no field ${name}`);
  return found.node;
};

it("makes fields with their bounds, defaults and descriptions", () => {
  const schema = z
    .strictObject({
      epochs: z.int().min(1).max(100).optional().meta({ description: "Passes" }),
      rate: z.number().positive().max(1).default(0.5),
      order: z.enum(["a", "b"]).meta({ id: "Order" }).default("a"),
      keep: z.boolean(),
      names: z.array(z.string()).optional(),
      matrix: z.array(z.array(z.number())).optional(),
      level: z.union([z.literal(1), z.literal("full")]).default("full"),
    })
    .meta({ id: "Named" });
  expect(formOf(schema).fields).toMatchObject([
    { name: "epochs", node: { kind: "number", step: 1, min: 1, max: 100, help: "Passes" } },
    { name: "rate", standard: 0.5, node: { kind: "number", step: "any", min: 0, max: 1 } },
    { name: "order", standard: "a", node: { kind: "choice", options: ["a", "b"] } },
    { name: "keep", isRequired: true, node: { kind: "switch" } },
    { name: "names", node: { kind: "texts" } },
    { name: "matrix", node: { kind: "json" } },
    { name: "level", standard: "full", node: { kind: "choice", options: [1, "full"] } },
  ]);
});

it("offers the alternatives of a union, and knows which one a value is of", () => {
  const source = field(DatasetIngestParams, "source");
  if (source.kind !== "union") throw new Error("the source is no union");
  const starts = source.options.map((option) => startOf(option) as { readonly type: string });
  expect(starts.map(({ type }) => type)).toEqual([
    ...["upload", "path", "url", "dataset", "pruning", "consensus"],
  ]);
  for (const [i, start] of starts.entries()) expect(optionOf(source.options, start)).toBe(i);
  const model = field(FoldTrainingParams, "model");
  if (model.kind !== "union") throw new Error("the model is no union");
  expect(optionOf(model.options, {})).toBe(0);
  const quick = model.options[optionOf(model.options, { kind: "quick" })]!;
  expect(startOf(quick)).toMatchObject({ kind: "quick" });
});

it("leaves out what the source of a dataset forbids", () => {
  const form = formOf(DatasetIngestParams);
  const names = (type: string) => fieldsOf(form, { source: { type } }).map(({ name }) => name);
  expect(names("upload")).toContain("format");
  expect(names("upload")).not.toContain("noise");
  expect(names("pruning")).toContain("noise");
  expect(names("pruning")).not.toContain("format");
});

it.each(JOB_KINDS)("finds every field of %s, and each id", (kind) => {
  const schema = describeJob(kind).params as unknown as z.ZodObject;
  const form = formOf(schema);
  expect(form.fields.map(({ name }) => name)).toEqual(Object.keys(schema.shape));
  for (const { name, node } of form.fields) {
    if (/(dataset|pruning|upload|crossValidation)Id$/i.test(name)) expect(node.kind).toBe("id");
  }
});
