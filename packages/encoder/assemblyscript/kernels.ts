// SIMD loops over the heap of TensorFlow.js' wasm backend, in AssemblyScript. Built into
// src/backends/simd-binary.ts by scripts/build-simd.mjs; a test compares the sources' hash.
// Arguments are byte addresses and counts; nothing is allocated.

export { gelu, geluGrad, layerNorm } from "./rows";

const FLOAT: usize = 4;

/**
 * out (count, rows, columns) = a (count, rows, inner) times b (count, inner, columns). The stock
 * kernel is fast for one large matrix only; attention has many small ones.
 */
export function products(
  a: usize,
  b: usize,
  out: usize,
  count: i32,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  for (let n = 0; n < count; n++) {
    product(a, b, out, rows, inner, columns);
    a += <usize>rows * inner * FLOAT;
    b += <usize>inner * columns * FLOAT;
    out += <usize>rows * columns * FLOAT;
  }
}

function product(a: usize, b: usize, out: usize, rows: i32, inner: i32, columns: i32): void {
  const wide = columns & ~7;
  let r = 0;
  for (; r + 4 <= rows; r += 4) fourRows(a, b, out, r, inner, columns, wide);
  for (; r < rows; r++) oneRow(a, b, out, r, inner, columns, wide);
}

/** Four rows by eight columns at a time: each value of b is loaded once for four rows. */
function fourRows(
  a: usize,
  b: usize,
  out: usize,
  r: i32,
  inner: i32,
  columns: i32,
  wide: i32,
): void {
  const stride = <usize>inner * FLOAT;
  const line = <usize>columns * FLOAT;
  const from = a + <usize>r * stride;
  const to = out + <usize>r * line;
  for (let c = 0; c < wide; c += 8) {
    let s00 = f32x4.splat(0),
      s01 = f32x4.splat(0);
    let s10 = f32x4.splat(0),
      s11 = f32x4.splat(0);
    let s20 = f32x4.splat(0),
      s21 = f32x4.splat(0);
    let s30 = f32x4.splat(0),
      s31 = f32x4.splat(0);
    let left = from;
    let right = b + <usize>c * FLOAT;
    for (let i = 0; i < inner; i++) {
      const b0 = v128.load(right);
      const b1 = v128.load(right, 16);
      const a0 = v128.load32_splat(left);
      s00 = f32x4.add(s00, f32x4.mul(a0, b0));
      s01 = f32x4.add(s01, f32x4.mul(a0, b1));
      const a1 = v128.load32_splat(left + stride);
      s10 = f32x4.add(s10, f32x4.mul(a1, b0));
      s11 = f32x4.add(s11, f32x4.mul(a1, b1));
      const a2 = v128.load32_splat(left + 2 * stride);
      s20 = f32x4.add(s20, f32x4.mul(a2, b0));
      s21 = f32x4.add(s21, f32x4.mul(a2, b1));
      const a3 = v128.load32_splat(left + 3 * stride);
      s30 = f32x4.add(s30, f32x4.mul(a3, b0));
      s31 = f32x4.add(s31, f32x4.mul(a3, b1));
      left += FLOAT;
      right += line;
    }
    const at = to + <usize>c * FLOAT;
    v128.store(at, s00);
    v128.store(at, s01, 16);
    v128.store(at + line, s10);
    v128.store(at + line, s11, 16);
    v128.store(at + 2 * line, s20);
    v128.store(at + 2 * line, s21, 16);
    v128.store(at + 3 * line, s30);
    v128.store(at + 3 * line, s31, 16);
  }
  for (let c = wide; c < columns; c++) {
    for (let row = 0; row < 4; row++) {
      one(
        from + <usize>row * stride,
        b + <usize>c * FLOAT,
        to + <usize>row * line + <usize>c * FLOAT,
        inner,
        line,
      );
    }
  }
}

function oneRow(a: usize, b: usize, out: usize, r: i32, inner: i32, columns: i32, wide: i32): void {
  const line = <usize>columns * FLOAT;
  const from = a + <usize>r * <usize>inner * FLOAT;
  const to = out + <usize>r * line;
  for (let c = 0; c < wide; c += 8) {
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0);
    let left = from;
    let right = b + <usize>c * FLOAT;
    for (let i = 0; i < inner; i++) {
      const value = v128.load32_splat(left);
      s0 = f32x4.add(s0, f32x4.mul(value, v128.load(right)));
      s1 = f32x4.add(s1, f32x4.mul(value, v128.load(right, 16)));
      left += FLOAT;
      right += line;
    }
    v128.store(to + <usize>c * FLOAT, s0);
    v128.store(to + <usize>c * FLOAT, s1, 16);
  }
  for (let c = wide; c < columns; c++) {
    one(from, b + <usize>c * FLOAT, to + <usize>c * FLOAT, inner, line);
  }
}

/** One number of a product: a row against a column. */
function one(left: usize, right: usize, to: usize, inner: i32, line: usize): void {
  let sum: f32 = 0;
  for (let i = 0; i < inner; i++) {
    sum += load<f32>(left) * load<f32>(right);
    left += FLOAT;
    right += line;
  }
  store<f32>(to, sum);
}

/** Adam's step over n numbers: reads p, m, v, g, writes the next p, m, v. */
export function adam(
  p: usize,
  m: usize,
  v: usize,
  g: usize,
  nextP: usize,
  nextM: usize,
  nextV: usize,
  n: i32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  rate: f32,
  keep: f32,
): void {
  const b1 = f32x4.splat(beta1),
    c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2),
    c2 = f32x4.splat(1 - beta2);
  const e = f32x4.splat(epsilon),
    lr = f32x4.splat(rate),
    k = f32x4.splat(keep);
  const end = <usize>(n & ~3) * FLOAT;
  let at: usize = 0;
  for (; at < end; at += 16) {
    const gradient = v128.load(g + at);
    const first = f32x4.add(f32x4.mul(b1, v128.load(m + at)), f32x4.mul(c1, gradient));
    const square = f32x4.mul(gradient, gradient);
    const second = f32x4.add(f32x4.mul(b2, v128.load(v + at)), f32x4.mul(c2, square));
    const step = f32x4.div(f32x4.mul(lr, first), f32x4.add(f32x4.sqrt(second), e));
    v128.store(nextM + at, first);
    v128.store(nextV + at, second);
    v128.store(nextP + at, f32x4.sub(f32x4.mul(k, v128.load(p + at)), step));
  }
  for (; at < <usize>n * FLOAT; at += FLOAT) {
    const gradient = load<f32>(g + at);
    const first = beta1 * load<f32>(m + at) + (1 - beta1) * gradient;
    const second = beta2 * load<f32>(v + at) + (1 - beta2) * gradient * gradient;
    store<f32>(nextM + at, first);
    store<f32>(nextV + at, second);
    store<f32>(
      nextP + at,
      keep * load<f32>(p + at) - (rate * first) / (sqrt<f32>(second) + epsilon),
    );
  }
}

/** out = decay * a + (1 - decay) * b over n numbers. */
export function average(a: usize, b: usize, out: usize, n: i32, decay: f32): void {
  const d = f32x4.splat(decay),
    rest = f32x4.splat(1 - decay);
  const end = <usize>(n & ~3) * FLOAT;
  let at: usize = 0;
  for (; at < end; at += 16) {
    v128.store(
      out + at,
      f32x4.add(f32x4.mul(d, v128.load(a + at)), f32x4.mul(rest, v128.load(b + at))),
    );
  }
  for (; at < <usize>n * FLOAT; at += FLOAT) {
    store<f32>(out + at, decay * load<f32>(a + at) + (1 - decay) * load<f32>(b + at));
  }
}
