// How two lists of numbers are compared, and what a comparison reports.
/** The rows of real pieces alone: what stands at padding is nobody's answer. */
export function compareValid(report, what, values, rows, mask, allowed) {
  const width = rows[0][0].length;
  const own = [];
  const theirs = [];
  rows.forEach((text, b) => {
    text.forEach((row, s) => {
      if (mask[b][s] === 0) return;
      const at = (b * text.length + s) * width;
      own.push(...values.subarray(at, at + width));
      theirs.push(...row);
    });
  });
  compare(report, what, own, theirs, allowed);
}

/** Notes every number that is off by more than `absolute + relative * |theirs|`. */
export function compare(report, what, own, theirs, { absolute, relative }) {
  report.comparisons++;
  if (own.length !== theirs.length) {
    report.differences.push({
      what: `${what}: ${own.length} numbers for ${theirs.length}`,
      largest: Infinity,
      allowed: 0,
    });
    return;
  }
  let worst = { share: 0, largest: 0, allowed: absolute };
  for (let i = 0; i < own.length; i++) {
    const allowed = absolute + relative * Math.abs(theirs[i]);
    const largest = Math.abs(own[i] - theirs[i]);
    // NaN must never pass for closeness.
    const share = Number.isNaN(largest) ? Infinity : largest / allowed;
    if (share > worst.share) worst = { share, largest, allowed };
  }
  const kind = what
    .replace(/^.*: (gradient) .*$/, "$1")
    .replace(/^.*: /, "")
    .replace(/\[\d+\]| of .*/g, "");
  report.closest[kind] = Math.max(report.closest[kind] ?? 0, worst.share);
  if (worst.share > 1)
    report.differences.push({ what, largest: worst.largest, allowed: worst.allowed });
}

export function transpose(values, [rows, columns]) {
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j];
  return turned;
}

export function createReport() {
  return { comparisons: 0, closest: {}, differences: [] };
}
