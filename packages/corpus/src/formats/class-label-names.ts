/**
 * The class names that Hugging Face's `datasets` stores in a file's `huggingface` metadata for a
 * ClassLabel column, or for a list of ClassLabels. `column` may be a dotted path into structs.
 * Undefined where there are none.
 */
export function classLabelNames(
  metadata: string | undefined,
  column: string,
): readonly string[] | undefined {
  const features = featuresOf(metadata);
  const whole = listItem(own(features, column));
  const feature =
    whole ?? column.split(".").reduce<unknown>((at, step) => listItem(own(at, step)), features);
  const names = own(feature, "names");
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  return undefined;
}

/** Metadata of another writer need not be JSON; it has no class names. */
function featuresOf(metadata: string | undefined): unknown {
  try {
    return own(own(JSON.parse(metadata ?? "null"), "info"), "features");
  } catch {
    return undefined;
  }
}

/** What the items of lists are; in old files a list is a JSON list of one feature. */
function listItem(feature: unknown): unknown {
  if (Array.isArray(feature)) return listItem(feature[0]);
  const isList = typeof own(feature, "_type") === "string" && own(feature, "feature") !== undefined;
  return isList ? listItem(own(feature, "feature")) : feature;
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(key);
}
