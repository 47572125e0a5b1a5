import { describeJob, JOB_KINDS, RequestedFormat } from "@winnow/contracts";
import { expect, it } from "vitest";
import { FIELD_NAMES } from "../texts/field-names.js";
import { ZH_HELPS } from "../texts/zh-helps.js";
import { titleOf } from "./field-title.js";
import { formOf, type SchemaNode } from "./schema-node.js";
import { translateForm } from "./translate-form.js";

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

it("whatever the contract says of a job or a field is there in Chinese, and nothing else", () => {
  const said = new Set(JOB_KINDS.map((kind) => describeJob(kind).summary));
  const note = (text: string) => {
    said.add(text);
    return text;
  };
  const schemas = [...JOB_KINDS.map((kind) => describeJob(kind).params), RequestedFormat];
  for (const schema of schemas) translateForm(formOf(schema), note);
  expect([...said].filter((text) => !Object.hasOwn(ZH_HELPS, text))).toEqual([]);
  expect(Object.keys(ZH_HELPS).filter((text) => !said.has(text))).toEqual([]);
  for (const [text, chinese] of Object.entries(ZH_HELPS)) {
    expect(chinese, text).toMatch(/\p{Script=Han}/u);
    // Values of the contract stand as they are in either language.
    for (const [value] of text.matchAll(/`[^`]+`/g)) expect(chinese).toContain(value);
  }
});

it("translates a form however deep, and leaves all else as it was", () => {
  const form = formOf(describeJob("fold-training").params);
  const there = translateForm(form, (help) => `<${help}>`);
  expect(JSON.stringify(there)).toContain("<");
  expect(translateForm(there, (help) => help.slice(1, -1))).toEqual(form);
});
