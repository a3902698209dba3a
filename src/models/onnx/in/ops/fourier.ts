/** Discrete Fourier transforms: real and imaginary parts stand side by side in the last dimension. */
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { dimOf, single } from './helpers.ts';
import { padded } from './shapes.ts';

interface Complex {
  readonly real: Val;
  readonly imag: Val;
}

/** Both parts; a real signal has one. */
function parts(n: OnnxNode, x: Val): Complex {
  const b = n.build;
  const width = x.sizes?.at(-1);
  const part = (index: number): Val => b.one('select', [x], { dim: -1, index });
  if (width === 2) return { real: part(0), imag: part(1) };
  if (width !== 1) throw new Unsupported('whether a signal is complex is known only when the graph runs');
  const real = part(0);
  return { real, imag: b.one('zeros_like', [real]) };
}

/** Along the last dimension. */
function transformed(n: OnnxNode, { real, imag }: Complex, inverse: boolean): Complex {
  const [r, i] = n.build.op('fourier', [real, imag], { inverse }, 2);
  if (!inverse) return { real: r, imag: i };
  const size = dimOf(n, r, -1);
  const share = (v: Val): Val => n.build.one('div', [v, size]);
  return { real: share(r), imag: share(i) };
}

const dft: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const rank = n.rank(x);
  const axisAt = n.version >= 20 ? n.optional(2) : null;
  const told = axisAt === null ? n.int('axis', n.version >= 20 ? -2 : 1) : n.known(axisAt, 'the axis')[0];
  const axis = told < 0 ? told + rank : told;
  const inverse = n.flag('inverse');
  const last = rank - 2;
  const turn = (v: Val): Val => (axis === last ? v : b.one('transpose', [v], { dim0: axis, dim1: last }));
  let { real, imag } = parts(n, x);
  [real, imag] = [turn(real), turn(imag)];
  const lengthAt = n.optional(1);
  if (lengthAt !== null) {
    const length = single(lengthAt);
    const size = dimOf(n, x, axis);
    if (typeof length !== 'number' || typeof size !== 'number')
      throw new Unsupported('the length of the transform is known only when the graph runs');
    const fit = (v: Val): Val =>
      padded(n, v, new Array(rank - 1).fill(0), [...new Array(rank - 2).fill(0), length - size]);
    [real, imag] = [fit(real), fit(imag)];
  }
  const out = transformed(n, { real, imag }, inverse);
  const cut = (v: Val): Val => {
    if (!n.flag('onesided')) return v;
    const count = v.sizes?.at(-1);
    if (count == null) throw new Unsupported('one side of a transform needs known sizes');
    return b.one('slice', [v], { dim: -1, start: 0, end: Math.floor(count / 2) + 1 });
  };
  return b.one('stack', [[turn(cut(out.real)), turn(cut(out.imag))]], { dim: -1 });
};

/** Frames of a signal, each times a window, transformed. */
const stft: Lower = (n) => {
  const b = n.build;
  const signal = n.input(0);
  const [step, lengthAt, window] = [single(n.input(1)), n.optional(3), n.optional(2)];
  const told = lengthAt === null ? window?.sizes?.[0] : single(lengthAt);
  if (told == null) throw new Unsupported('there is neither a window nor a length of the frames');
  const { real, imag } = n.rank(signal) === 2 ? { real: signal, imag: null } : parts(n, signal);
  const frames = (v: Val): Val => {
    const framed = b.one('unfold', [v], { dimension: 1, size: told, step });
    return window === null ? framed : b.one('mul', [framed, window]);
  };
  const r = frames(real);
  const out = transformed(n, { real: r, imag: imag === null ? b.one('zeros_like', [r]) : frames(imag) }, false);
  const one = n.flag('onesided', true);
  const side =
    typeof told === 'number'
      ? Math.floor(told / 2) + 1
      : b.one('add', [b.one('div', [told, 2], { rounding_mode: 'floor' }), 1]);
  const cut = (v: Val): Val => (one ? b.one('slice', [v], { dim: -1, start: 0, end: side }) : v);
  return b.one('stack', [[cut(out.real), cut(out.imag)]], { dim: -1 });
};

export const fourier: Table = {
  DFT: since([17, 20], dft),
  STFT: since([17], stft),
};
