export * from "./errors.js";
export * from "./ids.js";
export * from "./jobs.js";
export * from "./parameters.js";
export * from "./resources.js";
export * from "./routes.js";
export * from "./states.js";
