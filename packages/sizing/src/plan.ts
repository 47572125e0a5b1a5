import { epochChoiceOf, FoldTrainingParams, foldsOf, isNetwork } from "@winnow/contracts";
import { trainingPlan } from "@winnow/encoder/estimate";
import {
  foldNeeds,
  hasSecondRound,
  pruningBytes,
  RUNTIME_BYTES,
  secondRoundNeeds,
  type TrainingSize,
  tokenBytes,
  tokenisingBytes,
  trainingNeeds,
  trainRowsOf,
} from "./needs.js";
import {
  INGEST_BYTES,
  INGEST_ROWS_A_SECOND,
  linearSeconds,
  NETWORK_PACES,
  PACED_PIECES,
  type PlanBackend,
  PRUNED_A_SECOND,
  TOKENISED_A_SECOND,
} from "./paces.js";
import { flagBytes, probabilityBytes, sampleBytes } from "./table-bytes.js";

/** What somebody wants to do with a file that nobody has read yet. */
export interface PlanRequest {
  readonly rows: number;
  readonly classes: number;
  /** Default: as many as the service takes. */
  readonly folds?: number | undefined;
  /** Machines, or cards, that train one fold at a time each. */
  readonly nodes: number;
  /** Of a text, on average; one byte each. */
  readonly characters: number;
  readonly model: "albert" | "linear" | "quick";
  readonly backend: PlanBackend;
  /** Default: as the service has it. */
  readonly secondRound?: boolean | undefined;
}

/** A step of the way from a file to a cleaned one. */
export interface PlanStage {
  readonly stage: string;
  /** Processes at once, over all nodes. */
  readonly processes: number;
  /** Of one of them, at most; null: within those of another stage. */
  readonly memoryBytes: number | null;
  /** On the clock; null: none of its own, or not measured. */
  readonly seconds: number | null;
  /** Its process and seconds are another stage's. */
  readonly within?: true;
  /** In Postgres or in the storage folder, at most. */
  readonly diskBytes: number;
}

export interface Plan {
  readonly folds: number;
  /** Pieces of a text, with both ends. */
  readonly pieces: number;
  readonly stages: readonly PlanStage[];
  readonly peakMemoryBytes: number;
  /** Of the stages that have been measured. */
  readonly seconds: number;
  readonly diskBytes: number;
}

const ANY_DATASET = "ds_00000000-0000-0000-0000-000000000000";
/** Of the rows that a pruning flags. */
const FLAGGED = 0.1;
/** An exported row beside its text: id, labels, commas. */
const EXPORTED_BYTES = 40;
/** Characters of a word piece. */
const CHARACTERS_A_PIECE = 4;
/** Weights, both moments and the averages. */
const SAVED_COPIES = 4;

/** What each step takes, by the formulas of `validateOnly` and the paces of the benchmarks. */
export function planPipeline(request: PlanRequest): Plan {
  const { rows, classes, characters, model } = request;
  const params = FoldTrainingParams.parse({
    datasetId: ANY_DATASET,
    ...(request.folds && { folds: request.folds }),
    ...(model !== "albert" && { model: { kind: model } }),
    ...(model === "albert" && { backend: request.backend }),
    ...(request.secondRound !== undefined && { secondRound: request.secondRound }),
  });
  const folds = foldsOf(params, rows);
  const pieces = 2 + Math.ceil(characters / CHARACTERS_A_PIECE);
  const size = { rows, classes, folds, units: rows * characters, columns: null, pieces };
  const stages: PlanStage[] = [
    {
      ...{ stage: "ingest", processes: 1, memoryBytes: INGEST_BYTES },
      seconds: rows / INGEST_ROWS_A_SECOND,
      diskBytes: sampleBytes(rows, characters),
    },
    ...foldStages(params, size, request),
    ...(hasSecondRound(params, size) ? [secondRound(size)] : []),
    {
      ...{ stage: "flags", processes: 1 },
      memoryBytes: RUNTIME_BYTES + pruningBytes(rows, classes),
      seconds: (rows * classes) / PRUNED_A_SECOND,
      diskBytes: flagBytes(rows * FLAGGED),
    },
    {
      ...{ stage: "export", processes: 1, memoryBytes: RUNTIME_BYTES, seconds: null },
      diskBytes: rows * (characters + EXPORTED_BYTES),
    },
  ];
  return {
    folds,
    pieces,
    stages,
    peakMemoryBytes: Math.max(...stages.map(({ memoryBytes }) => memoryBytes ?? 0)),
    seconds: stages.reduce((sum, { seconds, within }) => sum + (within ? 0 : (seconds ?? 0)), 0),
    diskBytes: stages.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
  };
}

function secondRound(size: TrainingSize): PlanStage {
  const { memoryBytes, storageBytes } = secondRoundNeeds(size);
  const stage = { stage: "second round", processes: 1, seconds: null };
  return { ...stage, memoryBytes, diskBytes: storageBytes };
}

type FoldSize = TrainingSize & { readonly pieces: number };

function foldStages(
  params: FoldTrainingParams,
  size: FoldSize,
  { nodes, backend }: PlanRequest,
): PlanStage[] {
  const { rows, classes, folds, pieces } = size;
  const trainRows = trainRowsOf(size);
  const processes = Math.min(nodes, folds);
  const turns = Math.ceil(folds / nodes);
  const { peakMemoryBytes, epochs } = trainingNeeds({ ...params, secondRound: false }, size);
  const table = probabilityBytes(rows, classes);
  const shared = { processes, memoryBytes: peakMemoryBytes };
  const linear = trainRows * linearSeconds(pieces, classes);
  if (!isNetwork(params)) {
    const isLinear = params.model.kind === "linear";
    const seconds = isLinear ? turns * linear : null;
    // The quick model judges all folds at once, in one process.
    const alone = isLinear ? shared : { ...shared, processes: 1 };
    return [{ stage: "folds", ...alone, seconds, diskBytes: table }];
  }
  const plan = trainingPlan(params.training, { rows: trainRows, classes });
  const evaluated = Math.ceil(epochs / plan.evaluateEvery);
  const pace = NETWORK_PACES[backend];
  const slower = Math.max(pieces, PACED_PIECES) / PACED_PIECES;
  const network =
    slower * ((epochs * trainRows) / pace.train + (evaluated * rows) / folds / pace.predict);
  const { parameters = 0 } = foldNeeds(params, size) ?? {};
  const inside = { processes, memoryBytes: null, seconds: null, within: true } as const;
  const voted = epochChoiceOf(params) === "vote" ? evaluated - 1 : 0;
  return [
    {
      ...{ stage: "tokens", processes: 1 },
      memoryBytes: tokenisingBytes(size, pieces),
      seconds: (rows * pieces) / TOKENISED_A_SECOND,
      diskBytes: tokenBytes(rows, pieces),
    },
    // The linear part has a thread of its own: the longer of both counts.
    {
      ...{ stage: "folds", ...shared },
      seconds: turns * (plan.linearPart ? Math.max(network, linear) : network),
      diskBytes: table,
    },
    ...(plan.linearPart
      ? [{ stage: "linear part", ...inside, seconds: turns * linear, diskBytes: 0 }]
      : []),
    { stage: "checkpoints", ...inside, diskBytes: 4 * SAVED_COPIES * parameters * folds },
    ...(voted > 0 ? [{ stage: "voting epochs", ...inside, diskBytes: voted * table }] : []),
  ];
}
