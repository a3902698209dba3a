/** Convolutions, and their transposes. */
import type { Tensor } from '../../../tensor/tensor.ts';
import { valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { PyClass, type PyInstance, PyTuple, type Value } from '../../runtime/values.ts';
import { call } from '../call.ts';
import { blank, integer, integers, tensorOf, tupleOf } from '../convert.ts';
import { attribute, defineModule } from '../define.ts';
import { resetLayer } from '../linear.ts';
import { makeParameter } from '../parameter.ts';
import type { Bound } from '../signature.ts';
import { addParameter, moduleClass, weightOf } from '../state.ts';

/** What all convolutions are. */
export const convBase = new PyClass('_ConvNd', [moduleClass]);

const MODES = ['zeros', 'reflect', 'replicate', 'circular'];
const FIRST = 'in_channels, out_channels, kernel_size, stride=1, ';
const PLAIN = `${FIRST}padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros', device=None, dtype=None`;
const TRANSPOSED = `${FIRST}padding=0, output_padding=0, groups=1, bias=True, dilation=1, padding_mode='zeros', device=None, dtype=None`;

const same = (value: Value, all: number): boolean =>
  value instanceof PyTuple && integers(value).every((n) => n === all);

/** What is printed: settings that differ from their defaults. */
function shown(self: PyInstance, interpreter: Interpreter): string {
  const text = (name: string): string => interpreter.str(attribute(self, name));
  const parts = [
    text('in_channels'),
    text('out_channels'),
    `kernel_size=${text('kernel_size')}`,
    `stride=${text('stride')}`,
  ];
  if (!same(attribute(self, 'padding'), 0)) parts.push(`padding=${text('padding')}`);
  if (!same(attribute(self, 'dilation'), 1)) parts.push(`dilation=${text('dilation')}`);
  if (!same(attribute(self, 'output_padding'), 0)) parts.push(`output_padding=${text('output_padding')}`);
  if (attribute(self, 'groups') !== 1n) parts.push(`groups=${text('groups')}`);
  if (weightOf(self, 'bias') === null) parts.push('bias=False');
  if (attribute(self, 'padding_mode') !== 'zeros') parts.push(`padding_mode=${text('padding_mode')}`);
  return parts.join(', ');
}

function checkSettings(args: Bound, transposed: boolean, name: string): void {
  const [channels, filters, groups] = [args.in_channels, args.out_channels, args.groups].map(integer);
  if (transposed && args.padding_mode !== 'zeros') {
    throw valueError(`Only "zeros" padding mode is supported for ${name}`);
  }
  if (groups <= 0) throw valueError('groups must be a positive integer');
  if (channels % groups !== 0) throw valueError('in_channels must be divisible by groups');
  if (filters % groups !== 0) throw valueError('out_channels must be divisible by groups');
  const { padding, padding_mode } = args;
  if (typeof padding === 'string') {
    if (padding !== 'same' && padding !== 'valid') {
      throw valueError(`Invalid padding string '${padding}', should be one of {'valid', 'same'}`);
    }
    if (padding === 'same' && integers(args.stride).some((n) => n !== 1)) {
      throw valueError("padding='same' is not supported for strided convolutions");
    }
  }
  if (typeof padding_mode !== 'string' || !MODES.includes(padding_mode)) {
    const list = `{${MODES.map((mode) => `'${mode}'`).join(', ')}}`;
    throw valueError(`padding_mode must be one of ${list}, but got padding_mode='${String(padding_mode)}'`);
  }
}

function begin(self: PyInstance, args: Bound, rank: number, transposed: boolean, bias: boolean): void {
  checkSettings(args, transposed, self.type);
  for (const key of ['kernel_size', 'stride', 'dilation', 'output_padding', 'padding']) {
    const value = args[key] ?? 0n;
    self.attributes.set(key, typeof value === 'string' ? value : tupleOf(value, rank));
  }
  self.attributes.set('transposed', transposed);
  const [channels, filters, groups] = [args.in_channels, args.out_channels, args.groups].map(integer);
  const kernel = integers(attribute(self, 'kernel_size'));
  const [first, second] = transposed ? [channels, filters / groups] : [filters, channels / groups];
  const weight = makeParameter(blank([first, second, ...kernel], args.dtype));
  addParameter(self, 'weight', weight);
  addParameter(self, 'bias', bias ? makeParameter(blank([filters], args.dtype)) : null);
}

/** What lies on either side of the last dimensions, as F.pad takes it. */
function margins(self: PyInstance, rank: number): Value {
  const padding = attribute(self, 'padding');
  const kernel = integers(attribute(self, 'kernel_size'));
  const dilation = integers(attribute(self, 'dilation'));
  const out: bigint[] = [];
  for (let d = rank - 1; d >= 0; d--) {
    if (padding === 'valid') out.push(0n, 0n);
    else if (padding === 'same') {
      const total = dilation[d] * (kernel[d] - 1);
      out.push(BigInt(Math.floor(total / 2)), BigInt(total - Math.floor(total / 2)));
    } else out.push(BigInt(integers(padding)[d]), BigInt(integers(padding)[d]));
  }
  return new PyTuple(out);
}

const weights = (self: PyInstance): Value[] => [weightOf(self, 'weight'), weightOf(self, 'bias')];

const convolution = (rank: number): PyClass =>
  defineModule({
    name: `Conv${rank}d`,
    takes: PLAIN,
    hidden: ['bias'],
    shows: shown,
    base: convBase,
    init: (self, args, interpreter) => begin(self, args, rank, false, interpreter.truth(args.bias)),
    reset: resetLayer,
    forward(self, { input }, interpreter) {
      let padded = input;
      let padding = attribute(self, 'padding');
      const mode = attribute(self, 'padding_mode');
      if (mode !== 'zeros') {
        padded = call('pad', [input, margins(self, rank)], { mode }, interpreter);
        padding = 0n;
      }
      const [stride, dilation, groups] = ['stride', 'dilation', 'groups'].map((name) => attribute(self, name));
      return call(`conv${rank}d`, [padded, ...weights(self), stride, padding, dilation, groups], {}, interpreter);
    },
  });

/** How much has to be added at the end for a result of `size`. */
function outputPadding(self: PyInstance, input: Tensor, size: Value, rank: number): Value {
  if (size === null) return attribute(self, 'output_padding');
  const wanted = integers(size).slice(-rank);
  const [stride, padding, kernel, dilation] = ['stride', 'padding', 'kernel_size', 'dilation'].map((name) =>
    integers(attribute(self, name)),
  );
  const own = input.shape.slice(-rank);
  return new PyTuple(
    wanted.map((n, d) => {
      const least = (own[d] - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel[d] - 1) + 1;
      if (n < least || n > least + stride[d] - 1) {
        throw valueError(
          `requested an output size of ${n}, but valid sizes range from ${least} to ${least + stride[d] - 1}`,
        );
      }
      return BigInt(n - least);
    }),
  );
}

const transposed = (rank: number): PyClass =>
  defineModule({
    name: `ConvTranspose${rank}d`,
    takes: TRANSPOSED,
    hidden: ['bias'],
    shows: shown,
    base: convBase,
    init: (self, args, interpreter) => begin(self, args, rank, true, interpreter.truth(args.bias)),
    reset: resetLayer,
    input: 'input, output_size=None',
    forward(self, { input, output_size }, interpreter) {
      const extra = outputPadding(self, tensorOf(input, 'input'), output_size, rank);
      const [stride, padding, groups, dilation] = ['stride', 'padding', 'groups', 'dilation'].map((name) =>
        attribute(self, name),
      );
      const settings = [stride, padding, extra, groups, dilation];
      return call(`conv_transpose${rank}d`, [input, ...weights(self), ...settings], {}, interpreter);
    },
  });

export const convolutions: readonly PyClass[] = [1, 2, 3].flatMap((rank) => [convolution(rank), transposed(rank)]);
