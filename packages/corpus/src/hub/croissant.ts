import { isUrl } from "./dataset-card.js";
import type { HubConfig, HubFolder } from "./dataset-folder.js";
import { classLabel, type Feature, featureOf, type HubColumn } from "./features.js";

/** The recordSet that gives classes their names. */
const CLASSES = "classes";

/**
 * croissant.json of a dataset folder: its files, records and origin in the vocabulary of
 * Croissant 1.1 (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html). Values that
 * nobody gave are absent.
 */
export function croissant(folder: HubFolder): Record<string, unknown> {
  const { name, description, license, url, creator, createdAt, configs, classes, source } = folder;
  return {
    "@context": CONTEXT,
    "@type": "sc:Dataset",
    conformsTo: "http://mlcommons.org/croissant/1.1",
    name,
    ...given("description", description),
    ...given("license", license && licenseUrl(license)),
    ...given("url", url),
    ...(creator === null ? {} : { creator: { "@type": "sc:Organization", name: creator } }),
    dateCreated: createdAt,
    "prov:wasDerivedFrom": {
      "@type": "prov:Entity",
      "sc:name": source.name,
      ...given("sc:sha256", source.sha256),
    },
    "prov:wasGeneratedBy": {
      "@type": "prov:Activity",
      "prov:wasAssociatedWith": { "@type": "prov:SoftwareAgent", "sc:name": folder.madeBy },
    },
    distribution: configs.flatMap(filesOf),
    recordSet: [namesOf(classes), ...configs.map(recordsOf)],
  };
}

const given = (key: string, value: string | null) => (value === null ? {} : { [key]: value });

const licenseUrl = (license: string) =>
  isUrl(license) ? license : `https://spdx.org/licenses/${license}`;

const setOf = (config: string) => `${config}-files`;

/** What mlcroissant 1.1 opens; it does not know the registered application/vnd.apache.parquet. */
const PARQUET = "application/x-parquet";

function filesOf({ name, files }: HubConfig): object[] {
  const objects = files.map(({ path, bytes, sha256 }) => ({
    "@type": "cr:FileObject",
    "@id": path,
    name: path,
    contentUrl: path,
    contentSize: `${bytes} B`,
    encodingFormat: PARQUET,
    sha256,
  }));
  if (files.length === 1) return objects;
  const set = {
    "@type": "cr:FileSet",
    "@id": setOf(name),
    name: setOf(name),
    containedIn: files.map(({ path }) => ({ "@id": path })),
    encodingFormat: PARQUET,
    includes: `${name}/*.parquet`,
  };
  return [...objects, set];
}

/** Where a configuration's records are: its file, or all of its files. */
const sourceOf = ({ name, files }: HubConfig) =>
  files.length === 1
    ? { fileObject: { "@id": files[0]?.path } }
    : { fileSet: { "@id": setOf(name) } };

const namesOf = (classes: readonly string[]) => ({
  "@type": "cr:RecordSet",
  "@id": CLASSES,
  name: CLASSES,
  description: "The names of the classes",
  key: { "@id": `${CLASSES}/index` },
  field: [
    { "@type": "cr:Field", "@id": `${CLASSES}/index`, name: "index", dataType: "sc:Integer" },
    { "@type": "cr:Field", "@id": `${CLASSES}/name`, name: "name", dataType: "sc:Text" },
  ],
  data: classes.map((name, index) => ({ [`${CLASSES}/index`]: index, [`${CLASSES}/name`]: name })),
});

function recordsOf(config: HubConfig): object {
  const { name, description, columns } = config;
  const source = sourceOf(config);
  return {
    "@type": "cr:RecordSet",
    "@id": name,
    name,
    description,
    field: columns.map((column, i) => ({
      ...fieldOf(name, column, i),
      source: { ...source, extract: { column: column.name } },
    })),
  };
}

/** Ids are made of positions, since the names of columns may hold anything. */
function fieldOf(config: string, column: HubColumn, position: number): object {
  const feature = featureOf(column, classLabel([]));
  return {
    "@type": "cr:Field",
    "@id": /^\w+$/.test(column.name) ? `${config}/${column.name}` : `${config}/column_${position}`,
    name: column.name,
    dataType: dataTypeOf(feature),
    ...(column.isClass && !("list" in feature)
      ? { references: { field: { "@id": `${CLASSES}/index` } } }
      : {}),
    ...("list" in feature ? { isArray: true, arrayShape: "-1" } : {}),
  };
}

function dataTypeOf(feature: Feature): string {
  if ("list" in feature) return feature.list === "float64" ? "sc:Float" : "sc:Integer";
  const { dtype } = feature;
  if (typeof dtype !== "string" || /^u?int/.test(dtype)) return "sc:Integer";
  if (/^(float|decimal)/.test(dtype)) return "sc:Float";
  if (dtype === "bool") return "sc:Boolean";
  if (dtype === "date32") return "sc:Date";
  return dtype.startsWith("timestamp") ? "sc:DateTime" : "sc:Text";
}

/** The context that Croissant 1.1 recommends. */
const CONTEXT = {
  "@language": "en",
  "@vocab": "https://schema.org/",
  arrayShape: "cr:arrayShape",
  citeAs: "cr:citeAs",
  column: "cr:column",
  conformsTo: "dct:conformsTo",
  containedIn: "cr:containedIn",
  cr: "http://mlcommons.org/croissant/",
  data: { "@id": "cr:data", "@type": "@json" },
  dataType: { "@id": "cr:dataType", "@type": "@vocab" },
  dct: "http://purl.org/dc/terms/",
  description: { "@container": "@language" },
  equivalentProperty: "cr:equivalentProperty",
  examples: { "@id": "cr:examples", "@type": "@json" },
  extract: "cr:extract",
  field: "cr:field",
  fileObject: "cr:fileObject",
  fileProperty: "cr:fileProperty",
  fileSet: "cr:fileSet",
  format: "cr:format",
  includes: "cr:includes",
  isArray: "cr:isArray",
  isLiveDataset: "cr:isLiveDataset",
  jsonPath: "cr:jsonPath",
  key: "cr:key",
  md5: "cr:md5",
  name: { "@container": "@language" },
  parentField: "cr:parentField",
  path: "cr:path",
  prov: "http://www.w3.org/ns/prov#",
  rai: "http://mlcommons.org/croissant/RAI/",
  recordSet: "cr:recordSet",
  references: "cr:references",
  regex: "cr:regex",
  repeated: "cr:repeated",
  replace: "cr:replace",
  samplingRate: "cr:samplingRate",
  sc: "https://schema.org/",
  separator: "cr:separator",
  source: "cr:source",
  subField: "cr:subField",
  transform: "cr:transform",
} as const;
