// The Gaussians over vectors as the specification has them, line by line: dense loops and Gauss-Jordan
// elimination, no code shared with src, no sums kept from one fold to the next. Slow on purpose.

type Matrix = number[][];

/** Rows to length 1, minus the mean row, over the root of the mean squared length. */
export function slowStandard(vectors: Matrix): Matrix {
  const units = vectors.map((row) => {
    const length = Math.hypot(...row);
    return row.map((value) => (length > 0 ? value / length : 0));
  });
  const mean = units[0]!.map((_, c) => sum(units.map((row) => row[c]!)) / units.length);
  const centred = units.map((row) => row.map((value, c) => value - mean[c]!));
  const size = Math.sqrt(sum(centred.map((row) => dot(row, row))) / centred.length);
  return centred.map((row) => row.map((value) => (size > 1e-6 ? value / size : 0)));
}

/** z (n, k): each row by the model of the other folds' rows. */
export function slowGaussianScores(
  v: Matrix,
  targets: Matrix,
  folds: readonly number[],
  ridge: number,
): number[] {
  const models = new Map(
    [...new Set(folds)].map((fold) => {
      const rows = [...folds.keys()].filter((row) => folds[row] !== fold);
      return [
        fold,
        model(
          rows.map((row) => v[row]!),
          rows.map((row) => targets[row]!),
          ridge,
        ),
      ];
    }),
  );
  return v.flatMap((row, i) =>
    models.get(folds[i]!)!.map(({ weights, constant }) => dot(row, weights) + constant),
  );
}

function model(v: Matrix, y: Matrix, ridge: number) {
  const d = v[0]!.length;
  const columns = Array.from({ length: d }, (_, t) => t);
  const classes = [...y[0]!.keys()];
  const c = classes.map((k) => Math.max(1e-9, sum(y.map((row) => row[k]!))));
  const m = classes.map((k) =>
    columns.map((t) => sum(v.map((row, i) => y[i]![k]! * row[t]!)) / c[k]!),
  );
  const total = sum(c);
  const s = columns.map((a) =>
    columns.map((b) => {
      const all = sum(v.map((row) => row[a]! * row[b]!));
      return (all - sum(classes.map((k) => c[k]! * m[k]![a]! * m[k]![b]!))) / total;
    }),
  );
  const trace = sum(columns.map((t) => s[t]![t]!));
  for (const t of columns) s[t]![t]! += trace > 0 ? (ridge * trace) / d : 1;
  return classes.map((k) => {
    const weights = solved(s, m[k]!);
    return { weights, constant: Math.log(c[k]! / total) - dot(m[k]!, weights) / 2 };
  });
}

function solved(a: Matrix, b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!]);
  for (let i = 0; i < rows.length; i++) {
    let best = i;
    for (let j = i; j < rows.length; j++) {
      if (Math.abs(rows[j]![i]!) > Math.abs(rows[best]![i]!)) best = j;
    }
    [rows[i], rows[best]] = [rows[best]!, rows[i]!];
    for (let j = 0; j < rows.length; j++) {
      if (j === i) continue;
      const factor = rows[j]![i]! / rows[i]![i]!;
      rows[j] = rows[j]!.map((value, t) => value - factor * rows[i]![t]!);
    }
  }
  return rows.map((row, i) => row[rows.length]! / row[i]!);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, i) => total + value * b[i]!, 0);
