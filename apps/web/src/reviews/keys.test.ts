import { expect, it } from "vitest";
import { commandOf } from "./keys.js";

const pressed = (key: string, more: object = {}) => ({
  ...{ key, code: "", keyCode: 0, repeat: false, target: inside([]) },
  ...{ ctrlKey: false, metaKey: false, altKey: false, isComposing: false, defaultPrevented: false },
  ...more,
});
/** An element inside others, of which it knows what they are called in selectors. */
const inside = (parents: readonly string[]) => ({
  closest: (selectors: string) =>
    selectors.split(", ").some((one) => parents.includes(one)) ? {} : null,
});

it.each([
  ["q", "keep"],
  ["W", "relabel"],
  ["e", "drop"],
  ["n", "unsure"],
  ["z", "undo"],
  ["/", "search"],
  ["?", "help"],
  ["ArrowDown", "next"],
  ["ArrowLeft", "previous"],
])("%s is %s", (key, command) => expect(commandOf(pressed(key))).toBe(command));

it("digits choose the likeliest classes, and other keys do nothing", () => {
  expect(commandOf(pressed("1"))).toEqual({ likeliest: 0 });
  expect(commandOf(pressed("9"))).toEqual({ likeliest: 8 });
  for (const key of ["0", "x", "Enter", " ", "Tab", "constructor"]) {
    expect(commandOf(pressed(key)), key).toBeNull();
  }
});

it("keys of another writing act by their place", () => {
  expect(commandOf(pressed("й", { code: "KeyQ" }))).toBe("keep");
  expect(commandOf(pressed("ц", { code: "KeyW" }))).toBe("relabel");
});

it.each([
  ["with Ctrl", { ctrlKey: true }],
  ["with Meta", { metaKey: true }],
  ["with Alt", { altKey: true }],
  ["while an input method composes", { isComposing: true }],
  ["that an input method has taken", { keyCode: 229 }],
  ["that somebody else has used", { defaultPrevented: true }],
  ["that is held down", { repeat: true }],
])("a key %s does nothing", (_, more) => expect(commandOf(pressed("q", more))).toBeNull());

it("an arrow that is held down walks on", () => {
  expect(commandOf(pressed("ArrowDown", { repeat: true }))).toBe("next");
});

it.each(["input", "textarea", "select", "[contenteditable]", "[role=dialog]"])(
  "keys are left to whoever types in %s",
  (parent) => {
    expect(commandOf(pressed("q", { target: inside([parent]) }))).toBeNull();
    expect(commandOf(pressed("ArrowDown", { target: inside([parent]) }))).toBeNull();
  },
);

it("arrows are left to what scrolls or is walked", () => {
  const target = inside([".virtual"]);
  expect(commandOf(pressed("ArrowDown", { target }))).toBeNull();
  expect(commandOf(pressed("q", { target }))).toBe("keep");
});

it("the window is no field", () => {
  expect(commandOf(pressed("q", { target: {} }))).toBe("keep");
  expect(commandOf(pressed("q", { target: null }))).toBe("keep");
});
