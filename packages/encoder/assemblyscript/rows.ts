// What is done to rows of numbers: gelu, its gradient, layer normalisation (kernels.ts says how it is built).

const FLOAT: usize = 4;

const LOG2E: f32 = <f32>Math.LOG2E;
// ln 2 in two parts: the first has few bits, so that its multiples are exact.
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

/** e^x of four numbers to 2e-7 of it; below -87 and above 88 that of these. */
function exponential(x: v128): v128 {
  const inside = f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(88));
  const power = f32x4.nearest(f32x4.mul(inside, f32x4.splat(LOG2E)));
  let r = f32x4.sub(inside, f32x4.mul(power, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(power, f32x4.splat(LN2_LOW)));
  // Cephes' expf.
  let y = f32x4.splat(1.98756915e-4);
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.3981999507e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.3334519073e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.1665795894e-2));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.6666665459e-1));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(5.0000001201e-1));
  y = f32x4.add(f32x4.mul(y, f32x4.mul(r, r)), f32x4.add(r, f32x4.splat(1)));
  const exponent = i32x4.add(i32x4.trunc_sat_f32x4_s(power), i32x4.splat(127));
  return f32x4.mul(y, i32x4.shl(exponent, 23));
}

const SQRT1_2: f32 = <f32>Math.SQRT1_2;

/** The normal distribution function; `bell` is e^(-x^2 / 2). Abramowitz and Stegun 7.1.26, to 2e-7. */
function erfCdf(x: v128, bell: v128): v128 {
  const one = f32x4.splat(1);
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(SQRT1_2));
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.splat(0.3275911), z)));
  let tail = f32x4.splat(1.061405429);
  tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(-1.453152027));
  tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(1.421413741));
  tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(-0.284496736));
  tail = f32x4.add(f32x4.mul(tail, t), f32x4.splat(0.254829592));
  const half = f32x4.mul(f32x4.mul(f32x4.mul(tail, t), f32x4.splat(0.5)), bell);
  const isNegative = f32x4.lt(x, f32x4.splat(0));
  return v128.bitselect(half, f32x4.sub(one, half), isNegative);
}

function bellOf(x: v128): v128 {
  return exponential(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

const TANH_SCALE: f32 = 0.79788456; // sqrt(2 / pi)
const TANH_CUBIC: f32 = 0.044715;

/** (1 + tanh u) / 2 = 1 / (1 + e^(-2u)) at the tanh form's u. */
function tanhCdf(x: v128): v128 {
  const square = f32x4.mul(x, x);
  const inner = f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(TANH_CUBIC), square));
  const u = f32x4.mul(f32x4.mul(f32x4.splat(-2 * TANH_SCALE), x), inner);
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exponential(u)));
}

function geluOf(x: v128, isErf: bool): v128 {
  return f32x4.mul(x, isErf ? erfCdf(x, bellOf(x)) : tanhCdf(x));
}

/** out = x times the normal distribution function at x, or that function's tanh form, over n numbers. */
export function gelu(x: usize, out: usize, n: i32, isErf: bool): void {
  const end = <usize>(n & ~3) * FLOAT;
  let at: usize = 0;
  for (; at < end; at += 16) v128.store(out + at, geluOf(v128.load(x + at), isErf));
  for (; at < <usize>n * FLOAT; at += FLOAT) {
    v128.store_lane<f32>(out + at, geluOf(v128.load32_zero(x + at), isErf), 0);
  }
}

const DENSITY: f32 = 0.39894228; // 1 / sqrt(2 pi)

/** The slope of gelu at x. */
function geluSlope(x: v128, isErf: bool): v128 {
  if (isErf) {
    const bell = bellOf(x);
    const density = f32x4.mul(f32x4.mul(x, f32x4.splat(DENSITY)), bell);
    return f32x4.add(erfCdf(x, bell), density);
  }
  const cdf = tanhCdf(x);
  const one = f32x4.splat(1);
  const cubic = f32x4.mul(f32x4.splat(3 * TANH_CUBIC), f32x4.mul(x, x));
  const slope = f32x4.mul(f32x4.splat(2 * TANH_SCALE), f32x4.add(one, cubic));
  const density = f32x4.mul(f32x4.mul(cdf, f32x4.sub(one, cdf)), slope);
  return f32x4.add(cdf, f32x4.mul(x, density));
}

/** dx = dy times the slope of gelu at x, over n numbers. */
export function geluGrad(x: usize, dy: usize, dx: usize, n: i32, isErf: bool): void {
  const end = <usize>(n & ~3) * FLOAT;
  let at: usize = 0;
  for (; at < end; at += 16) {
    v128.store(dx + at, f32x4.mul(v128.load(dy + at), geluSlope(v128.load(x + at), isErf)));
  }
  for (; at < <usize>n * FLOAT; at += FLOAT) {
    const slope = geluSlope(v128.load32_zero(x + at), isErf);
    v128.store_lane<f32>(dx + at, f32x4.mul(v128.load32_zero(dy + at), slope), 0);
  }
}

/** Sums of four numbers, in float64. */
function addWide(sums: v128, x: v128): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(i32x4.shuffle(x, x, 2, 3, 0, 1));
  return f64x2.add(sums, f64x2.add(low, high));
}

/**
 * y = the rows x (rows, width) normalised, times scale plus offset; `normal` without these, and
 * `inverse` (rows) 1 / deviation. Sums are of float64.
 */
export function layerNorm(
  x: usize,
  scale: usize,
  offset: usize,
  y: usize,
  normal: usize,
  inverse: usize,
  rows: i32,
  width: i32,
  epsilon: f64,
): void {
  const end = <usize>(width & ~3) * FLOAT;
  const all = <usize>width * FLOAT;
  for (let row = 0; row < rows; row++) {
    let wide = f64x2.splat(0);
    let at: usize = 0;
    for (; at < end; at += 16) wide = addWide(wide, v128.load(x + at));
    let total = f64x2.extract_lane(wide, 0) + f64x2.extract_lane(wide, 1);
    for (; at < all; at += FLOAT) total += <f64>load<f32>(x + at);
    const mean = total / <f64>width;
    const mean4 = f32x4.splat(<f32>mean);

    wide = f64x2.splat(0);
    for (at = 0; at < end; at += 16) {
      const centred = f32x4.sub(v128.load(x + at), mean4);
      wide = addWide(wide, f32x4.mul(centred, centred));
    }
    let squares = f64x2.extract_lane(wide, 0) + f64x2.extract_lane(wide, 1);
    for (; at < all; at += FLOAT) {
      const centred = load<f32>(x + at) - <f32>mean;
      squares += <f64>(centred * centred);
    }
    const inv = <f32>(1 / sqrt<f64>(squares / <f64>width + epsilon));
    store<f32>(inverse, inv);
    inverse += FLOAT;

    const inv4 = f32x4.splat(inv);
    for (at = 0; at < end; at += 16) {
      const value = f32x4.mul(f32x4.sub(v128.load(x + at), mean4), inv4);
      v128.store(normal + at, value);
      v128.store(
        y + at,
        f32x4.add(f32x4.mul(value, v128.load(scale + at)), v128.load(offset + at)),
      );
    }
    for (; at < all; at += FLOAT) {
      const value = (load<f32>(x + at) - <f32>mean) * inv;
      store<f32>(normal + at, value);
      store<f32>(y + at, value * load<f32>(scale + at) + load<f32>(offset + at));
    }
    x += all;
    y += all;
    normal += all;
  }
}
