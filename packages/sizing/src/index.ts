export {
  hasSecondRound,
  pruningBytes,
  readsTexts,
  type TrainingNeeds,
  type TrainingSize,
  trainingNeeds,
  trainRowsOf,
} from "./needs.js";
export { INGEST_ROWS_A_SECOND, NETWORK_PACES, type PlanBackend } from "./paces.js";
export { type Plan, type PlanRequest, type PlanStage, planPipeline } from "./plan.js";
export { flagBytes, probabilityBytes, sampleBytes } from "./table-bytes.js";
