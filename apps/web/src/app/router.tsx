import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { ReviewOrder, ReviewState } from "@winnow/contracts";
import type { ReviewFilter } from "../reviews/rows.js";
import { StartPage } from "../start/start-page.js";
import { CrashPage, NotFoundPage } from "./fault-pages.js";
import { Shell } from "./shell.js";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
});

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

// Each page is a file of its own, loaded when somebody goes there. The API serves these paths
// (apps/api/src/plugins/page.ts).
const routes = [
  createRoute({ getParentRoute: () => root, path: "/", component: StartPage }),
  createRoute({
    getParentRoute: () => root,
    path: "/jobs",
    component: lazyRouteComponent(() => import("../jobs/jobs-page.js"), "JobsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/jobs/$id",
    component: lazyRouteComponent(() => import("../jobs/job-page.js"), "JobPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/new/$kind",
    component: lazyRouteComponent(() => import("../jobs/new-job-page.js"), "NewJobPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/datasets",
    component: lazyRouteComponent(() => import("../datasets/datasets-page.js"), "DatasetsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/datasets/$id",
    validateSearch: ({ tab }: Record<string, unknown>) => {
      const chosen = text(tab);
      return chosen === undefined ? {} : { tab: chosen };
    },
    component: lazyRouteComponent(() => import("../datasets/dataset-page.js"), "DatasetPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/cross-validations/$id",
    component: lazyRouteComponent(
      () => import("../cross-validations/cross-validation-page.js"),
      "CrossValidationPage",
    ),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/prunings/$id",
    validateSearch: (search: Record<string, unknown>) => cellOf(search),
    component: lazyRouteComponent(() => import("../prunings/pruning-page.js"), "PruningPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/prunings/$id/review",
    validateSearch: (search: Record<string, unknown>) => reviewFilterOf(search),
    component: lazyRouteComponent(() => import("../reviews/review-page.js"), "ReviewPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/review-samples/$id",
    validateSearch: ({ state }: Record<string, unknown>): { state?: ReviewState } => {
      const chosen = ReviewState.options.find((one) => one === state);
      return chosen === undefined ? {} : { state: chosen };
    },
    component: lazyRouteComponent(() => import("../reviews/sample-page.js"), "SamplePage"),
  }),
] as const;

/** A cell of the joint: the flags with this given and this suggested label. */
export interface CellSearch {
  readonly given?: string;
  readonly suggested?: string;
}

function cellOf(search: Record<string, unknown>): CellSearch {
  const [given, suggested] = [text(search.given), text(search.suggested)];
  return { ...(given && { given }), ...(suggested && { suggested }) };
}

const MOST_RANK = 0x7fff_ffff;

/** The filter of the address; what is none is left out. */
function reviewFilterOf(search: Record<string, unknown>): ReviewFilter {
  const one = <T extends string>(
    schema: { options: readonly T[] },
    value: unknown,
    standard: T,
  ): T => schema.options.find((option) => option === value) ?? standard;
  const between = (name: string, least: number, most: number) => {
    const value = search[name];
    return typeof value === "number" && value >= least && value <= most ? { [name]: value } : {};
  };
  const words = text(search.search);
  return {
    order: one(ReviewOrder, search.order, "worst"),
    state: one(ReviewState, search.state, "pending"),
    ...cellOf(search),
    ...(words && { search: words.slice(0, 200) }),
    ...between("fold", 0, 255),
    ...between("minErrorProbability", 0, 1),
    ...between("maxErrorProbability", 0, 1),
    ...between("minRank", 1, MOST_RANK),
    ...between("maxRank", 1, MOST_RANK),
  };
}

export const router = createRouter({
  routeTree: root.addChildren([...routes]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
