import { Health, Readiness } from "../resources/readiness.js";
import { Stream } from "./stream.js";

/** What the service says of itself. */
export const SERVICE_ROUTES = {
  health: {
    method: "GET",
    path: "/healthz",
    scope: "public",
    summary: "Check that the process is alive",
    responses: { 200: Health },
  },
  readiness: {
    method: "GET",
    path: "/readyz",
    scope: "public",
    summary: "Check that the service can serve requests",
    responses: { 200: Readiness, 503: Readiness },
  },
  metrics: {
    method: "GET",
    path: "/metrics",
    scope: "read",
    summary: "Metrics for Prometheus",
    responses: { 200: Stream },
    produces: ["text/plain", "application/openmetrics-text"],
  },
} as const;
