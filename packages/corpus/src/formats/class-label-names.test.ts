import { describe, expect, it } from "vitest";
import { classLabelNames } from "./class-label-names.js";

const LABEL = { names: ["no", "yes"], _type: "ClassLabel" };
const metadata = (features: object) => JSON.stringify({ info: { features } });

describe("classLabelNames", () => {
  it.each([
    ["label", { label: LABEL }],
    ["meta.label", { meta: { label: LABEL } }],
    ["meta.label", { "meta.label": LABEL, meta: { label: { names: ["x", "y"] } } }],
    ["meta.feature", { meta: { feature: LABEL } }],
    ["labels", { labels: [LABEL] }],
    ["labels", { labels: { feature: LABEL, _type: "Sequence" } }],
    ["labels", { labels: { feature: { feature: LABEL, _type: "List" }, _type: "List" } }],
    ["spans.label", { spans: { feature: { label: LABEL }, _type: "Sequence" } }],
    ["spans.label", { spans: [{ label: LABEL }] }],
  ])("finds the names of %s", (column, features) => {
    expect(classLabelNames(metadata(features), column)).toEqual(["no", "yes"]);
  });

  it.each([
    ["label", undefined],
    ["label", "not JSON"],
    ["label", "null"],
    ["label", metadata({ label: { dtype: "int64", _type: "Value" } })],
    ["label", metadata({ label: { names: [1, 2] } })],
    ["constructor.name", metadata({ label: LABEL })],
    ["names", metadata({ label: LABEL })],
  ])("has none for %s in %s", (column, stored) => {
    expect(classLabelNames(stored, column)).toBeUndefined();
  });
});
