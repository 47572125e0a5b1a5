export { mixIds } from "./hash.js";
export { createRandom, type Random, shuffle } from "./random.js";
export { softmaxInto } from "./softmax.js";
