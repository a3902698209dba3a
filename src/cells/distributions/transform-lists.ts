import type { Tensor } from '../../tensor/tensor.ts';
import { PyList, type Value } from '../runtime/values.ts';
import { itemsOf, type Self } from './classes.ts';
import { KINDS } from './constraints.ts';
import { cat, type Quantity, q, stack, sumRightmost } from './quantity.ts';
import { assert, defineTransform, transformsOf } from './transforms.ts';

const several = (me: Self): Self[] => transformsOf(me, 'transforms');
const itsOwn = (me: Self, side: string): Value => new PyList(several(me).map((part) => part.get(side)));

/** Pieces of `x` along the dimension, each with its transform. */
function slices(me: Self, x: Quantity): { part: Self; from: number; length: number }[] {
  const dim = me.whole('dim');
  const lengths = me.sizes('lengths');
  assert(-x.ndim <= dim && dim < x.ndim);
  assert(x.size(dim) === lengths.reduce((a, b) => a + b, 0));
  let from = 0;
  return several(me).map((part, i) => {
    const at = from;
    from += lengths[i];
    return { part, from: at, length: lengths[i] };
  });
}

const deepest = (me: Self): number => Math.max(0, ...several(me).map((part) => part.whole('event_dim')));

export const catTransformClass = defineTransform({
  name: 'CatTransform',
  keeps: 'transforms, dim=0, lengths=None',
  made: (me) => {
    const items = itemsOf(me.get('transforms'), 'tseq');
    me.set(
      'transforms',
      new PyList(me.get('_cache_size') === 0n ? [...items] : items.map((t) => me.other(t).call('with_cache', 1n))),
    );
    if (me.get('lengths') === null) me.set('lengths', new PyList(items.map(() => 1n)));
    assert(me.sizes('lengths').length === items.length);
  },
  properties: {
    event_dim: (me) => BigInt(deepest(me)),
    length: (me) => BigInt(me.sizes('lengths').reduce((a, b) => a + b, 0)),
    bijective: (me) => several(me).every((part) => part.truth('bijective')),
    domain: (me) => me.make(KINDS.cat, [itsOwn(me, 'domain'), me.get('dim'), me.get('lengths')]),
    codomain: (me) => me.make(KINDS.cat, [itsOwn(me, 'codomain'), me.get('dim'), me.get('lengths')]),
  },
  call: (me, x) =>
    cat(
      slices(me, x).map(({ part, from, length }) => callOf(me, part.self, x.narrow(me.whole('dim'), from, length))),
      me.whole('dim'),
    ),
  inverse: (me, y) =>
    cat(
      slices(me, y).map(({ part, from, length }) =>
        callOf(me, part.get('inv'), y.narrow(me.whole('dim'), from, length)),
      ),
      me.whole('dim'),
    ),
  jacobian: (me, x, y) => {
    const own = me.whole('dim');
    const terms = slices(me, x).map(({ part, from, length }) =>
      sumRightmost(
        part.callQ('log_abs_det_jacobian', x.narrow(own, from, length), y.narrow(own, from, length)),
        deepest(me) - part.whole('event_dim'),
      ),
    );
    const dim = (own >= 0 ? own - x.ndim : own) + deepest(me);
    return dim < 0 ? cat(terms, dim) : terms.reduce((a, b) => a.add(b));
  },
});

const callOf = (me: Self, transform: Value, x: Quantity): Quantity =>
  q(me.interpreter.call(transform, [x.t]) as Tensor);

/** As many slices as there are transforms. */
function eachSlice(me: Self, x: Quantity, of: (part: Self, index: number, dim: number) => Quantity): Quantity {
  const dim = me.whole('dim');
  const all = several(me);
  assert(-x.ndim <= dim && dim < x.ndim && x.size(dim) === all.length);
  return stack(
    all.map((part, i) => of(part, i, dim)),
    dim,
  );
}

export const stackTransformClass = defineTransform({
  name: 'StackTransform',
  keeps: 'transforms, dim=0',
  made: (me) => {
    const items = itemsOf(me.get('transforms'), 'tseq');
    me.set(
      'transforms',
      new PyList(me.get('_cache_size') === 0n ? [...items] : items.map((t) => me.other(t).call('with_cache', 1n))),
    );
  },
  properties: {
    bijective: (me) => several(me).every((part) => part.truth('bijective')),
    domain: (me) => me.make(KINDS.stack, [itsOwn(me, 'domain'), me.get('dim')]),
    codomain: (me) => me.make(KINDS.stack, [itsOwn(me, 'codomain'), me.get('dim')]),
  },
  call: (me, x) => eachSlice(me, x, (part, i, dim) => callOf(me, part.self, x.select(dim, i))),
  inverse: (me, y) => eachSlice(me, y, (part, i, dim) => callOf(me, part.get('inv'), y.select(dim, i))),
  jacobian: (me, x, y) =>
    eachSlice(me, x, (part, i, dim) => part.callQ('log_abs_det_jacobian', x.select(dim, i), y.select(dim, i))),
});
