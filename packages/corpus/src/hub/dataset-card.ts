import { stringify } from "yaml";
import type { HubConfig, HubFolder } from "./dataset-folder.js";
import { classLabel, featureOf } from "./features.js";

/**
 * README.md of a dataset folder: the configurations and features by which `datasets.load_dataset`
 * reads it, then the same for people.
 */
export const datasetCard = (folder: HubFolder): string =>
  `---\n${header(folder)}---\n\n${body(folder)}`;

function header({ license, configs, classes }: HubFolder): string {
  const label = classLabel(classes);
  const metadata = {
    ...(license === null ? {} : licenseOf(license)),
    task_categories: ["text-classification"],
    configs: configs.map(({ name }, i) => ({
      config_name: name,
      data_files: [{ split: "train", path: `${name}/train-*.parquet` }],
      ...(i === 0 ? { default: true } : {}),
    })),
    dataset_info: configs.map(({ name, columns }) => ({
      config_name: name,
      features: columns.map((column) => featureOf(column, label)),
    })),
  };
  const text = stringify(metadata, {
    // Readers of YAML 1.1 take a plain yes for true and 12:30 for a number.
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  });
  return text.replace(UNPRINTABLE, escaped);
}

/** What YAML allows inside double quotes only as an escape, or takes for a line break. */
const UNPRINTABLE = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

const escaped = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The hub knows identifiers in lower case; a link has a field of its own. */
const licenseOf = (license: string) =>
  isUrl(license) ? { license: "other", license_link: license } : { license: license.toLowerCase() };

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

function body({ name, description, url, creator, configs, source, madeBy, notes }: HubFolder) {
  const parts = [
    `# ${oneLine(name)}`,
    ...(description === null ? [] : [description]),
    [
      "| configuration | rows | what it holds |",
      "|---|---:|---|",
      ...configs.map((config) => rowOf(config)),
    ].join("\n"),
    ["```python", ...example(configs), "```"].join("\n"),
    "Columns of classes hold their indexes; the names stand at the head of this file. `croissant.json` describes the same files, " +
      "and `receipt.json` says how they were made.",
    ...notes,
    [
      ...(creator === null ? [] : [`Creator: ${oneLine(creator)}.`]),
      ...(url === null ? [] : [`Source: <${url}>.`]),
      `Made by ${madeBy} from ${quoted(source.name)}${source.sha256 ? ` (SHA-256 \`${source.sha256}\`)` : ""}.`,
    ].join(" "),
  ];
  return `${parts.join("\n\n")}\n`;
}

const rowOf = ({ name, rows, description }: HubConfig) => `| ${name} | ${rows} | ${description} |`;

const example = ([first]: readonly HubConfig[]) => [
  "from datasets import load_dataset",
  "",
  `rows = load_dataset("PATH/TO/THIS/FOLDER", ${JSON.stringify(first?.name)})["train"]`,
];

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
const quoted = (text: string) => `\`${oneLine(text).replaceAll("`", "'")}\``;
