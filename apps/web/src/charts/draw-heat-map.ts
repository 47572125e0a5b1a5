import { COLOUR_TABLE, stepOf } from "./colour-scale.js";

/** The part of the matrix that is shown: a square of `cells` by `cells`. */
export interface View {
  readonly row: number;
  readonly column: number;
  readonly cells: number;
}

/** Pixels of the drawing on a side, at most; a larger matrix is drawn with one pixel a cell. */
const SIDE = 960;

/** Draws the part of the matrix, one colour a cell; the diagonal, where labels agree, is dimmed. */
export function drawHeatMap(
  canvas: HTMLCanvasElement,
  values: readonly (readonly number[])[],
  view: View,
  most: number,
  isDark: boolean,
): void {
  const { cells } = view;
  if (cells === 0) return;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const side = Math.max(1, Math.floor(SIDE / cells));
  canvas.width = side * cells;
  canvas.height = side * cells;
  const image = new ImageData(cells, cells);
  const pixels = new Uint32Array(image.data.buffer);
  const diagonal = isDark ? 0xff3a2f25 : 0xffe4dfda;
  for (let i = 0; i < cells; i += 1) {
    const row = values[view.row + i]!;
    for (let j = 0; j < cells; j += 1) {
      const isSame = view.row + i === view.column + j;
      const value = row[view.column + j] ?? 0;
      pixels[i * cells + j] = isSame ? diagonal : COLOUR_TABLE[stepOf(value, most)]!;
    }
  }
  const small = new OffscreenCanvas(cells, cells);
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** The colours from none to many. */
export function drawScale(canvas: HTMLCanvasElement): void {
  const image = new ImageData(COLOUR_TABLE.length, 1);
  new Uint32Array(image.data.buffer).set(COLOUR_TABLE);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** The largest value beside the diagonal, at least 1. */
export function mostOffDiagonal(values: readonly (readonly number[])[]): number {
  let most = 1;
  for (const [i, row] of values.entries()) {
    for (const [j, value] of row.entries()) if (i !== j && value > most) most = value;
  }
  return most;
}
