/** Integers that stand for floats: by a scale, and a zero point that stands for 0. */
import type { DType } from '../../../../tensor/dtype.ts';
import { rowOf } from '../../../../tensor/dtype.ts';
import { float } from '../../../../tensor/scalar.ts';
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { convolve } from './convolutions.ts';
import { axisOf, cast } from './helpers.ts';

/** One scale for all, or one for each place along an axis. */
function along(n: OnnxNode, v: Val, x: Val, axis: number): Val {
  if (v.rank !== 1 || v.sizes?.[0] === 1 || x.rank === undefined) return v;
  const place = axisOf(x, axis);
  return n.build.one('reshape', [v], { shape: Array.from({ length: x.rank }, (_, d) => (d === place ? -1 : 1)) });
}

function dequantized(n: OnnxNode, x: Val, scale: Val, zero: Val | null, axis: number): Val {
  const b = n.build;
  const wide = cast(n, x, scale.dtype);
  const centred = zero === null ? wide : b.one('sub', [wide, cast(n, along(n, zero, x, axis), scale.dtype)]);
  return b.one('mul', [centred, along(n, scale, x, axis)]);
}

/** Rounded to even, then moved, then cut to what the dtype holds. */
function quantized(n: OnnxNode, x: Val, scale: Val, zero: Val | null, axis: number, dtype: DType): Val {
  const b = n.build;
  if (dtype !== 'uint8' && dtype !== 'int8') throw new Unsupported(`quantization to ${dtype} is not supported`);
  const { min, max } = rowOf(dtype);
  const steps = b.one('round', [b.one('div', [x, along(n, scale, x, axis)])]);
  const moved = zero === null ? steps : b.one('add', [steps, cast(n, along(n, zero, x, axis), x.dtype)]);
  return cast(n, b.one('clamp', [moved, float(Number(min)), float(Number(max))]), dtype);
}

const dequantize: Lower = (n) => dequantized(n, n.input(0), n.input(1), n.optional(2), n.int('axis', 1));

const quantize: Lower = (n) => {
  const zero = n.optional(2);
  return quantized(n, n.input(0), n.input(1), zero, n.int('axis', 1), zero?.dtype ?? 'uint8');
};

/** The scale follows from the least and the greatest element, 0 among them. */
const dynamic: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const most = b.one('clamp', [b.one('amax', [x]), float(0)]);
  const least = b.one('clamp', [b.one('amin', [x]), null, float(0)]);
  const scale = b.one('div', [b.one('sub', [most, least]), float(255)]);
  const place = b.one('round', [b.one('neg', [b.one('div', [least, scale])])]);
  const zero = cast(n, b.one('clamp', [place, float(0), float(255)]), 'uint8');
  return [quantized(n, x, scale, zero, 1, 'uint8'), scale, zero];
};

/** What is computed between: in float64, where sums of products of 8 bits are exact. */
const wide = (n: OnnxNode, i: number, axis: number): Val =>
  dequantized(n, n.input(i), cast(n, n.input(i + 1), 'float64'), n.optional(i + 2), axis);

const matmul: Lower = (n) => {
  const product = n.build.one('matmul', [wide(n, 0, -2), wide(n, 3, -1)]);
  const zero = n.input(7);
  return quantized(n, product, cast(n, n.input(6), 'float64'), zero, -1, zero.dtype);
};

const conv: Lower = (n) => {
  const b = n.build;
  const bias = n.optional(8);
  const out = convolve(n, wide(n, 0, 1), wide(n, 3, 0), null);
  const zero = n.input(7);
  const [x, w] = [cast(n, n.input(1), 'float64'), cast(n, n.input(4), 'float64')];
  const moved =
    bias === null
      ? out
      : b.one('add', [
          out,
          b.one('reshape', [b.one('mul', [cast(n, bias, 'float64'), b.one('mul', [x, w])])], {
            shape: [-1, ...new Array(n.rank(n.input(3)) - 2).fill(1)],
          }),
        ]);
  return quantized(n, moved, cast(n, n.input(6), 'float64'), zero, 1, zero.dtype);
};

export const quantization: Table = {
  DequantizeLinear: since([10, 13, 19], dequantize),
  DynamicQuantizeLinear: since([11], dynamic),
  QLinearConv: since([10], conv),
  QLinearMatMul: since([10], matmul),
  QuantizeLinear: since([10, 13, 19], quantize),
};
