import "./service/no-eval.js";
import "./styles/all.css";
import { takeKey } from "./service/key.js";

takeKey();
// Apart, so that the line above that forbids code from strings is run before any schema is made.
void import("./app/start.js").then(({ start }) => start(document.getElementById("root")!));
