import { expect, it } from "vitest";
import { factsOf } from "./column-facts.js";

it("takes names of files with a number in them for codes", () => {
  const codes = ["img/0001.png", "1.txt", "C:\\scans\\page7.TIFF", "a9b..gz", "图7.jpg"];
  for (const cell of codes) expect(factsOf([cell]).codeShare, cell).toBe(1);
  const others = [
    "photo.png",
    "a 1.png",
    "see 1.png",
    ".png",
    "1.c",
    "1.jpegs",
    "v1.2",
    "it is 7.",
  ];
  for (const cell of others) expect(factsOf([cell]).codeShare, cell).toBe(0);
});

it("ends for long cells without blanks, whatever they repeat", () => {
  const repeated = [
    "1",
    "a",
    "1a",
    "1.",
    ".",
    "a@",
    "1-",
    "/",
    "1/",
    "A1",
    "，第7",
    "e1",
    "-",
    ":",
  ];
  const cells = repeated.flatMap((part) => {
    const long = part.repeat(60_000);
    return [long, `${long} `, `${long}.x`, `www.${long} x`, `a${long}\u0000`];
  });
  expect(factsOf(cells).cells).toBe(cells.length);
});
