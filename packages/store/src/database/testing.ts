// `@winnow/store/testing`: tests and benchmarks read and prepare rows through the pool of a store.
// test/architecture keeps apps and the other packages out of it.
export { poolOf } from "./client.js";
