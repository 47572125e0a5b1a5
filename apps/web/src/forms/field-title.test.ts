import { describeJob, JOB_KINDS, RequestedFormat } from "@winnow/contracts";
import { expect, it } from "vitest";
import { FIELD_NAMES } from "../texts/field-names.js";
import { titleOf } from "./field-title.js";
import { formOf, type SchemaNode } from "./schema-node.js";

/** Every field that a form of this schema can show, however deep. */
function fieldsIn(node: SchemaNode, found = new Set<string>()): ReadonlySet<string> {
  if (node.kind === "group") {
    for (const { name, node: inner } of node.fields) {
      if (inner.kind !== "constant") found.add(name);
      fieldsIn(inner, found);
    }
  } else if (node.kind === "union") for (const option of node.options) fieldsIn(option, found);
  else if (node.kind === "list") fieldsIn(node.item, found);
  return found;
}

const SHOWN = new Set(
  [...JOB_KINDS.map((kind) => describeJob(kind).params), RequestedFormat].flatMap((schema) => [
    ...fieldsIn(formOf(schema)),
  ]),
);

it.each(JOB_KINDS)("each field of %s has a name in both languages", (kind) => {
  const fields = [...fieldsIn(formOf(describeJob(kind).params))];
  expect(fields.length).toBeGreaterThan(0);
  expect(fields.filter((field) => !Object.hasOwn(FIELD_NAMES, field))).toEqual([]);
});

it("no name is of a field that no form has, is empty, or has no Chinese in it", () => {
  expect(Object.keys(FIELD_NAMES).filter((name) => !SHOWN.has(name))).toEqual([]);
  for (const [name, [en, zh]] of Object.entries(FIELD_NAMES)) {
    expect(en, name).toMatch(/^[A-Z]/);
    expect(zh, name).toMatch(/\p{Script=Han}/u);
  }
});

it("numbers the items of a list, and reads names of schemas as words", () => {
  expect(titleOf("learningRate", "en")).toBe("Learning rate");
  expect(titleOf("noises 2", "zh")).toBe("噪声 2");
  expect(titleOf("LinearModel", "en")).toBe("Linear model");
});
