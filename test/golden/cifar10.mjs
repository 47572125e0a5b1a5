// The published CIFAR-10 experiment: our masks against its authors', and the average precision of
// each order against the true labels. Reads a folder of npy files:
//   labels_S.npy, pred_probs_S.npy, published_keep_mask_S_METHOD.npy (packed bits), true_labels.npy
import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { arraySource, findLabelIssues } from "@winnow/confident-learning";
import { readNpyFloats, readNpyIntegers } from "@winnow/npy";

const methods = [
  { mask: "argmax", method: "argmax", mostDifferent: 2 },
  { mask: "cl_pbc", method: "prune_by_class", mostDifferent: 20 },
  { mask: "cl_pbnr", method: "prune_by_noise_rate", mostDifferent: 20 },
  { mask: "cl_both", method: "both", mostDifferent: 20 },
  // the authors' mask has no last filter: all rows off the diagonal of the confident joint
  { mask: "conf_joint_only", method: "confident_learning", offDiagonal: true, mostDifferent: 20 },
];

/** Checks every setting in the folder, prints what it finds, returns how many bars were missed. */
export async function checkCifar10(folder) {
  const settings = readdirSync(folder).flatMap(
    (name) => /^pred_probs_(.+)\.npy$/.exec(name)?.[1] ?? [],
  );
  if (settings.length === 0) throw new Error(`no pred_probs_*.npy in ${folder}`);
  const file = (name) => createReadStream(join(folder, `${name}.npy`));
  const truth = await readNpyIntegers(file("true_labels"));
  let missed = 0;
  for (const setting of settings.sort()) {
    const labels = await readNpyIntegers(file(`labels_${setting}`));
    const { shape, values } = await readNpyFloats(file(`pred_probs_${setting}`));
    const source = arraySource(labels, values, shape[1]);
    console.log(`${setting}: ${shape[0]} rows, ${shape[1]} classes`);
    for (const { mask, method, offDiagonal, mostDifferent } of methods) {
      const bits = await readNpyIntegers(file(`published_keep_mask_${setting}_${mask}`));
      const found = await findLabelIssues(source, { method, order: "none" });
      const indices = offDiagonal ? found.offDiagonalRows : found.indices;
      const different = countDifferent(bits, indices, labels.length);
      const failed = different > mostDifferent;
      if (failed) missed += 1;
      console.log(
        `  ${method}: ${indices.length} flagged, ${different} rows differ (at most ${mostDifferent})${failed ? " MISSED" : ""}`,
      );
    }
    const all = { method: "posterior", posteriorCut: 0 };
    for (const order of ["prob_given_label", "normalized_margin", "posterior"]) {
      const { indices } = await findLabelIssues(source, { ...all, order });
      const ap = averagePrecision(indices, (row) => labels[row] !== truth[row]);
      console.log(`  average precision by ${order}: ${ap.toFixed(4)}`);
    }
  }
  return missed;
}

/** Rows that only one of us flags; the mask packs one "keep" bit a row, the highest bit first. */
function countDifferent(bits, indices, n) {
  const flagged = new Uint8Array(n);
  for (const row of indices) flagged[row] = 1;
  let different = 0;
  for (let row = 0; row < n; row++) {
    const keep = (bits[row >> 3] >> (7 - (row & 7))) & 1;
    if (keep === flagged[row]) different += 1;
  }
  return different;
}

/** The area under precision and recall of a ranking, worst first. */
function averagePrecision(ranking, isError) {
  let errors = 0;
  let sum = 0;
  ranking.forEach((row, rank) => {
    if (!isError(row)) return;
    errors += 1;
    sum += errors / (rank + 1);
  });
  return sum / errors;
}
