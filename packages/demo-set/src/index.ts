export { DEMO_FORMAT, DEMO_NOISE_RATE, DEMO_SET_FILE, demoCsv, demoSet } from "./demo-set.js";
