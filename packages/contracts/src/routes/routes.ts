import { ACCESS_ROUTES } from "./access-routes.js";
import { CROSS_VALIDATION_ROUTES } from "./cross-validation-routes.js";
import { DATASET_ROUTES } from "./dataset-routes.js";
import { EXPERIMENT_ROUTES } from "./experiment-routes.js";
import { EXPORT_ROUTES } from "./export-routes.js";
import { JOB_CONTROL_ROUTES } from "./job-control-routes.js";
import { JOB_ALIAS_ROUTES, JOB_ROUTES } from "./job-routes.js";
import { PRUNING_ROUTES } from "./pruning-routes.js";
import { RECEIPT_ROUTES } from "./receipt-routes.js";
import { REVIEW_ROUTES } from "./review-routes.js";
import { REVIEW_SAMPLE_ROUTES } from "./review-sample-routes.js";
import type { Route } from "./route.js";
import { SERVICE_ROUTES } from "./service-routes.js";
import { UPLOAD_ROUTES } from "./upload-routes.js";
import { WEBHOOK_ROUTES } from "./webhook-routes.js";

/**
 * Every route of the contract, in the order of the documentation. The API registers its routes and the
 * client calls from this table.
 */
export const ROUTES = {
  ...UPLOAD_ROUTES,
  ...JOB_ROUTES,
  ...JOB_ALIAS_ROUTES,
  ...JOB_CONTROL_ROUTES,
  ...DATASET_ROUTES,
  ...CROSS_VALIDATION_ROUTES,
  ...PRUNING_ROUTES,
  ...EXPORT_ROUTES,
  ...EXPERIMENT_ROUTES,
  ...REVIEW_ROUTES,
  ...REVIEW_SAMPLE_ROUTES,
  ...RECEIPT_ROUTES,
  ...ACCESS_ROUTES,
  ...WEBHOOK_ROUTES,
  ...SERVICE_ROUTES,
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
