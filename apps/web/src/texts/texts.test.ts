import {
  ComparedVersion,
  Comparison,
  CROSS_VALIDATION_STATES,
  DATASET_STATES,
  EXPORT_COLUMNS,
  EXPORT_SPLITS,
  JOB_EVENT_TYPES,
  JOB_KINDS,
  JOB_STATES,
  MODEL_KINDS,
  PRUNING_STATES,
  ReviewOrder,
  ReviewState,
  SampledShare,
  Verdict,
} from "@winnow/contracts";
import { expect, it } from "vitest";
import { EN } from "./en.js";
import { ZH } from "./zh.js";

const placesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

it("both languages have the same texts, with the same values in them", () => {
  expect(Object.keys(ZH).sort()).toEqual(Object.keys(EN).sort());
  for (const [key, text] of Object.entries(EN)) {
    const other = ZH[key as keyof typeof EN];
    expect(placesOf(other), key).toEqual(placesOf(text));
    expect(other.trim(), key).not.toBe("");
  }
});

it.each([
  ["kind", JOB_KINDS],
  ["state", [...JOB_STATES, ...DATASET_STATES, ...CROSS_VALIDATION_STATES, ...PRUNING_STATES]],
  ["verdict", Verdict.options],
  ["all", Verdict.options],
  ["filter", ReviewState.options],
  ["order", ReviewOrder.options],
  ["split", EXPORT_SPLITS],
  ["columns", EXPORT_COLUMNS],
  ["event", JOB_EVENT_TYPES],
  ["model", MODEL_KINDS],
  ["modelHelp", MODEL_KINDS],
  ["judge", Comparison.shape.judge.options],
  ["version", ComparedVersion.shape.version.options],
  ["interval", SampledShare.shape.method.options],
])("there is a text for each %s of the contract", (prefix, values) => {
  expect(values.filter((value) => !Object.hasOwn(EN, `${prefix}-${value}`))).toEqual([]);
});
