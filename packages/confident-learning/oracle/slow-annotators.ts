// CROWDLAB's formulas one after another, for tests: plain arrays, no code shared with src.

export interface SlowVotes {
  /** (n, annotators); null: no vote. */
  readonly table: readonly (readonly (number | null)[])[];
  /** (n, k) */
  readonly probs: readonly (readonly number[])[];
  readonly k: number;
}

export interface SlowConsensus {
  readonly labels: number[];
  readonly quality: number[];
  readonly majority: number[];
  readonly agreement: number[];
  /** (n, annotators); null: no vote. */
  readonly voteQuality: (number | null)[][];
  readonly annotatorQuality: number[];
  readonly weights: number[];
  readonly modelWeight: number;
  readonly worstClass: number[];
}

export function slowConsensus({ table, probs, k }: SlowVotes): SlowConsensus {
  const rows = range(table.length);
  const everyone = range(table[0]!.length);
  const who = rows.map((i) => everyone.filter((j) => table[i]![j] !== null));
  const several = rows.filter((i) => who[i]!.length > 1);
  const voted = rows.filter((i) => who[i]!.length > 0);

  const v = rows.map((i) => {
    const count = (c: number) => who[i]!.filter((j) => table[i]![j] === c).length;
    const most = Math.max(...range(k).map(count));
    if (most === 0) return -1;
    const tied = range(k).filter((c) => count(c) === most);
    return tied.reduce((best, c) => (probs[i]![c]! > probs[i]![best]! ? c : best));
  });

  const s = everyone.map((j) => {
    let same = 0;
    let others = 0;
    for (const i of several.filter((row) => table[row]![j] !== null)) {
      for (const other of who[i]!.filter((one) => one !== j)) {
        others += 1;
        if (table[i]![other] === table[i]![j]) same += 1;
      }
    }
    return others === 0 ? null : same / others;
  });
  const known = s.filter((share) => share !== null);
  const trusted = s.map((share) => share ?? sum(known) / known.length);

  const share = (i: number, c: number) =>
    who[i]!.filter((j) => table[i]![j] === c).length / who[i]!.length;
  const p = sum(several.map((i) => share(i, v[i]!))) / several.length;
  const modelAccuracy = several.filter((i) => argmax(probs[i]!) === v[i]).length / several.length;
  const ofClass = range(k).map((c) => several.filter((i) => v[i] === c).length);
  const baseline = Math.max(...ofClass) / several.length;
  const room = Math.max(1e-6, 1 - baseline);
  const w = trusted.map((own) => Math.max(1e-6, 1 - (1 - own) / room));
  const perRow = sum(voted.map((i) => who[i]!.length)) / voted.length;
  const wM = Math.max(1e-6, (1 - (1 - modelAccuracy) / room) * Math.sqrt(perRow));

  const q = (label: number, c: number) => (c === label ? p : (1 - p) / (k - 1));
  const Q = rows.map((i) =>
    range(k).map((c) => {
      const votes = sum(who[i]!.map((j) => w[j]! * q(table[i]![j]!, c)));
      let all = wM;
      for (const j of who[i]!) all += w[j]!;
      return (wM * probs[i]![c]! + votes) / all;
    }),
  );
  const labels = Q.map(argmax);
  const voteQuality = rows.map((i) =>
    everyone.map((j) => (table[i]![j] === null ? null : Q[i]![table[i]![j]!]!)),
  );
  const weightPerRow = sum(voted.map((i) => sum(who[i]!.map((j) => w[j]!)))) / voted.length;
  const annotatorQuality = everyone.map((j) => {
    const own = rows.filter((i) => table[i]![j] !== null);
    const labelled = sum(own.map((i) => voteQuality[i]![j]!)) / own.length;
    const shared = own.filter((i) => several.includes(i));
    if (shared.length === 0) return labelled;
    const agreed = shared.filter((i) => table[i]![j] === labels[i]).length / shared.length;
    return (wM * labelled + weightPerRow * agreed) / (wM + weightPerRow);
  });
  const worstClass = everyone.map((j) => {
    let worst = -1;
    let lowest = [2, 2];
    for (const c of range(k)) {
      const own = rows.filter((i) => table[i]![j] === c);
      if (own.length === 0) continue;
      const agreed = own.filter((i) => labels[i] === c).length / own.length;
      const quality = sum(own.map((i) => voteQuality[i]![j]!)) / own.length;
      if (agreed > lowest[0]! || (agreed === lowest[0] && quality >= lowest[1]!)) continue;
      lowest = [agreed, quality];
      worst = c;
    }
    return worst;
  });
  return {
    labels,
    quality: Q.map((row) => Math.max(...row)),
    majority: v,
    agreement: rows.map((i) => share(i, labels[i]!)),
    voteQuality,
    annotatorQuality,
    weights: w,
    modelWeight: wM,
    worstClass,
  };
}

/**
 * A seeded table of votes with probabilities: missing votes, ties, rows of one vote or of none, an
 * annotator who is always alone, one-hot rows, and unanimous ones.
 */
export function randomVotes(random: () => number): SlowVotes & { readonly truth: number[] } {
  const below = (limit: number) => Math.floor(random() * limit);
  const k = 2 + below(random() < 0.7 ? 4 : 20);
  const n = 2 + below(40);
  const annotators = 2 + below(7);
  const missing = 0.8 * random();
  const skill = range(annotators).map(() => 0.3 + 0.7 * random());
  const isUnanimous = random() < 0.1;
  const isOneHot = random() < 0.15;
  const alone = random() < 0.15 ? annotators - 1 : -1;
  const truth: number[] = [];
  const table: (number | null)[][] = [];
  const probs: number[][] = [];
  for (let i = 0; i < n; i++) {
    const own = isUnanimous ? 0 : below(k);
    truth.push(own);
    const isAlone = alone >= 0 && random() < 0.3;
    table.push(
      range(annotators).map((j) => {
        if (alone >= 0 && (j === alone) !== isAlone) return null;
        if (random() < missing && !isAlone) return null;
        return isUnanimous || random() < skill[j]! ? own : below(k);
      }),
    );
    const weights = range(k).map((c) => (isOneHot ? 0 : random()) + (c === own ? random() : 0));
    const total = sum(weights);
    const likeliest = argmax(weights);
    probs.push(weights.map((x, c) => (isOneHot ? Number(c === likeliest) : x / total)));
  }
  // Somebody has to be comparable with somebody.
  table[0] = range(annotators).map((j) => (j < 2 ? truth[0]! : null));
  return { table, probs, k, truth };
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const argmax = (values: readonly number[]): number =>
  values.reduce((best, value, c) => (value > values[best]! ? c : best), 0);
