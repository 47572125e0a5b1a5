import type { Dataset, DatasetProfile } from "@winnow/contracts";
import type { Command } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { wholeNumber } from "../options/values.js";
import { annotatorLines } from "../report/annotator-lines.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { columnsOf, count, fit, percent } from "../terminal/text.js";
import { titled } from "../terminal/titled.js";
import { warningLines } from "../terminal/warnings.js";

interface ProfileOptions extends ServiceOptions {
  readonly classes: number;
  readonly json?: true;
}

/** `winnow profile DATASET`: what is in a dataset, and what of its file was kept. */
export function addProfile(program: Command): void {
  const command = program
    .command("profile")
    .argument("<dataset>", "id of the dataset, ds_...")
    .summary("show rows, classes, lengths and duplicates")
    .description("show a dataset's rows, classes, lengths, duplicates and label conflicts")
    .option("--classes <n>", "how many classes and conflicts to list at most", wholeNumber(0), 10)
    .addOption(jsonOption());
  addServiceOptions(command).action((id: string, options: ProfileOptions) =>
    interruptible(async (signal) => {
      const client = openClient(options);
      const dataset = await client.call("getDataset", { params: { id }, signal });
      const profile = await client.call("getDatasetProfile", { params: { id }, signal });
      if (options.json) return printJson(profile);
      print(profileLines(dataset, profile, options.classes).join("\n"));
    }),
  );
}

function profileLines(dataset: Dataset, profile: DatasetProfile, most: number): string[] {
  const { lengths, duplicates, nearDuplicates: near, classHistogram } = profile;
  const several = Number(profile.severalLabels ?? 0);
  const facts = [
    ["dataset", dataset.name],
    ["rows read", count(profile.rowsRead)],
    ["kept", `${count(profile.kept)}  ${percent(share(profile.kept, profile.rowsRead))}`],
    ...profile.rejected.map((one) => [`  ${one.reason}`, count(one.count)]),
    ["classes", count(classHistogram.length)],
    ["several labels", `${count(several)}  ${percent(share(several, profile.rowsRead))}`],
    [
      "length",
      `p5 ${lengths.p5}, median ${lengths.median}, p95 ${lengths.p95}, p99 ${lengths.p99}, max ${lengths.max}`,
    ],
    ["repeated texts", count(duplicates.texts)],
    ["label conflicts", `${count(duplicates.conflictingTexts)} texts with more than one label`],
    [
      "near-duplicates",
      near ? `${count(near.rows)} rows in ${count(near.groups)} groups` : "not counted",
    ],
    ...(dataset.sameFileAs.length > 0 ? [["the same file", dataset.sameFileAs.join(", ")]] : []),
  ];
  const width = columnsOf(process.stdout);
  const classes = [...classHistogram].sort((a, b) => b.count - a.count).slice(0, most);
  const similar = (profile.similarClasses ?? []).slice(0, most);
  const conflicts = (duplicates.examples ?? []).slice(0, most);
  return [
    ...table(facts),
    ...titled(
      "Largest classes",
      table(
        classes.map((c) => [`  ${c.name}`, count(c.count)]),
        { right: new Set([1]) },
      ),
    ),
    ...titled(
      "Class names that nearly agree",
      similar.map((one) =>
        fit(`  ${one.from} (${count(one.fromCount)}) | ${one.to} (${count(one.toCount)})`, width),
      ),
    ),
    ...titled(
      "Label conflicts",
      conflicts.map((one) => fit(`  ${one.labels.join(" | ")}  ${one.text}`, width)),
    ),
    ...annotatorLines(profile.annotators, most, width),
    ...profile.warnings.flatMap((warning) => warningLines(warning, width)),
  ];
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
