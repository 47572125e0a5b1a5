import { CorpusError } from "../errors.js";
import { LabelResolver } from "../labels/label-resolver.js";
import type { Cells } from "../rows/file-column.js";
import { hasLabel, relabelled } from "../rows/relabelled.js";
import type { CorpusSample } from "../rows/samples.js";
import { AnnotatorStatistics } from "../statistics/annotator-profile.js";
import type { CorpusClass, CorpusProfile, CorpusSummary } from "../statistics/profile.js";
import { chooseRows } from "./choose-rows.js";
import type { DeriveOptions, OpenSamples } from "./derive-options.js";
import { type NoiseProfile, noiseProfile } from "./noise-profile.js";

export interface DerivedSummary extends Omit<CorpusSummary, "labelCells"> {
  profile: CorpusProfile & { noise?: NoiseProfile };
  /** By ordinal of the source: 1 if the row was kept. */
  kept: Uint8Array;
}

/**
 * Streams a dataset's samples into a new one: some of them, possibly with noise. Two passes: the
 * first decides by text and label which rows to keep, the second yields them with new ordinals and
 * their old lines and ids. The profile describes the yielded rows. Memory: 10 bytes a row. Throws
 * CorpusError "bad-noise", "no-rows-kept", "single-class".
 */
export async function* deriveCorpus(
  open: OpenSamples,
  options: DeriveOptions,
): AsyncGenerator<CorpusSample[], DerivedSummary> {
  const { classNames, signal, onProgress = () => {} } = options;
  const choice = await chooseRows(open, options);
  const noise = choice.noise;
  const classes = countedClasses(choice.given, classNames);
  const { statistics } = choice;
  const agreement = options.annotators ? new AnnotatorStatistics() : null;
  let kept = 0;
  let read = options.rows;
  for await (const batch of open()) {
    signal?.throwIfAborted();
    const samples: CorpusSample[] = [];
    for (const row of batch) {
      if (choice.kept[row.ordinal] === 0) continue;
      const classIndex = choice.given[kept]!;
      const trueClassIndex = noise ? choice.trueLabels[kept]! : row.trueClassIndex;
      const { characters } = statistics.text(row.text, row.line, classIndex, classNames);
      statistics.usableRow(row.externalId, row.text, false);
      statistics.keptRow(characters);
      const sample: CorpusSample = { ...row, ordinal: kept, classIndex, trueClassIndex };
      const isSame = classIndex === row.classIndex;
      if (row.votes) agreement?.add(classIndex, row.votes);
      const quality = options.labelQuality?.[row.ordinal];
      if (quality !== undefined) sample.labelQuality = quality;
      else if (!isSame) sample.labelQuality = null;
      if ((noise || !isSame) && row.allClassIndexes?.length) {
        const others = row.allClassIndexes.slice(1).filter((other) => other !== classIndex);
        sample.allClassIndexes = [classIndex, ...others];
      }
      if (row.cells && (noise || !isSame)) {
        sample.cells = relabelledCells(row.cells, options, {
          label: isSame ? null : classNames[classIndex]!,
          // Injected noise makes true labels of the given ones, where there are no others.
          trueLabel:
            trueClassIndex === row.trueClassIndex ? null : classNames[choice.trueLabels[kept]!]!,
        });
      }
      samples.push(sample);
      kept += 1;
    }
    if (samples.length > 0) yield samples;
    read += batch.length;
    onProgress(read);
  }
  const levels = options.paths ? levelsOf(choice.usable, classNames) : null;
  const labels = { levels, normalized: [], warnings: [] };
  const usable = new Map(classNames.map((name, c) => [name, choice.usable[c]!]));
  const all = statistics.profile(classes, usable, labels);
  const profile =
    agreement && options.annotators
      ? { ...all, annotators: agreement.profile(options.annotators, classNames) }
      : all;
  const summary = { classes, columns: options.columns ?? [], kept: choice.kept };
  if (!noise || !options.noise) return { ...summary, profile };
  return {
    ...summary,
    profile: { ...profile, noise: noiseProfile(noise, options.noise, classNames) },
  };
}

/** The cells with the labels that have changed, as the file writes them; null: the class's name. */
function relabelledCells(
  cells: Cells,
  { columns = [], labelCells = new Map() }: DeriveOptions,
  changed: { readonly label: string | null; readonly trueLabel: string | null },
): Cells {
  return columns.map((column, i) => {
    const cell = cells[i] ?? null;
    if (column.role === "trueLabel" && changed.trueLabel !== null) {
      return labelCells.get(changed.trueLabel) ?? null;
    }
    if (changed.label === null || !hasLabel(column)) return cell;
    // The label of the sample is written in its column's place.
    return column.role === "label" ? null : relabelled(cell, column, changed.label, labelCells);
  });
}

function countedClasses(given: Int32Array, classNames: readonly string[]): CorpusClass[] {
  const counts = new Uint32Array(classNames.length);
  for (const label of given) counts[label] = counts[label]! + 1;
  const filled = counts.filter((count) => count > 0).length;
  if (filled < 2) {
    const name = classNames[given[0]!] ?? "";
    throw new CorpusError(
      "single-class",
      `Every kept row has the label ${JSON.stringify(name.slice(0, 80))}. At least two classes are needed.`,
    );
  }
  return classNames.map((name, index) => ({ index, name, count: counts[index]! }));
}

function levelsOf(counts: Uint32Array, classNames: readonly string[]): CorpusProfile["levels"] {
  const paths = new LabelResolver({ labels: {}, paths: true });
  classNames.forEach((name, c) => {
    const resolved = paths.resolve(name);
    if (resolved.ok) resolved.path.count += counts[c]!;
  });
  return paths.report().levels;
}
