/** What the ops' definitions say of PyTorch, compared with what PyTorch 1.13 has. */
import { describe, expect, it } from 'vitest';
import type { OpDef } from '../../src/ops/define.ts';
import { type Head, moduleOf, namesInPyTorch, type Place, standingsOf } from '../../src/ops/pytorch.ts';
import { findOp, ops } from '../../src/ops/registry.ts';
import { isTheirs, spaceOf, theirs } from '../support/pytorch.ts';

const op = (name: string): OpDef => findOp(name) as OpDef;

/** Functions of PyTorch that have an op's name and are another function. */
const OTHERS = new Set([
  // It gives four results, which the one in torch.nn.functional is made from.
  'torch.embedding_bag',
]);

const known = ops.filter(isTheirs);
const said = known.flatMap((def) => standingsOf(def).map((standing) => ({ def, ...standing })));
const full = (space: string, name: string): string => `${space === 'property' ? 'Tensor' : space}.${name}`;

describe('every op', () => {
  it('says all the places that PyTorch has its names in', () => {
    const places = new Set(said.map(({ space, name }) => full(space, name)));
    const missing = ops.flatMap(({ name, aliases }) =>
      [name, ...aliases].flatMap((own) =>
        (['torch', 'Tensor', 'F', 'special', 'linalg'] as const).flatMap((space) => {
          const there = space === 'linalg' ? own.replace(/^linalg_/, '') : own;
          const path = full(space, there);
          return theirs[space].has(there) && !places.has(path) && !OTHERS.has(path) ? [path] : [];
        }),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('says no place that PyTorch has not, and no place of another', () => {
    expect(said.filter(({ space, name }) => !spaceOf(space).has(name))).toEqual([]);
    expect(said.filter(({ space, name, writes }) => writes !== spaceOf(space).has(`${name}_`))).toEqual([]);
    const names = said.map(({ space, name }) => full(space, name));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    expect(known.map((def) => moduleOf(def)?.name ?? 'Module').filter((name) => !theirs.nn.has(name))).toEqual([]);
  });
});

describe('a head', () => {
  const head = (given: Head, aliases: string[] = []): OpDef => ({ ...op('elu'), name: 'wiggle', aliases, head: given });
  const places = (place: Place[], ...aliases: string[]): string[] => namesInPyTorch(head({ in: place }, aliases));

  it('has an alias where its op is, unless a place names it', () => {
    expect(places(['torch', 'F'], 'waggle')).toEqual([
      'torch.wiggle',
      'torch.waggle',
      'torch.nn.functional.wiggle',
      'torch.nn.functional.waggle',
    ]);
    expect(places(['Tensor_', 'special:waggle'], 'waggle')).toEqual([
      'torch.Tensor.wiggle',
      'torch.Tensor.wiggle_',
      'torch.special.waggle',
    ]);
    expect(places(['torch', ':waggle'], 'waggle')).toEqual(['torch.wiggle']);
    expect(places([], 'waggle')).toEqual([]);
  });

  it('strips the namespace from a name that says it', () => {
    expect(namesInPyTorch(op('linalg_det'))).toEqual(['torch.linalg.det', 'torch.det', 'torch.Tensor.det']);
    expect(namesInPyTorch(op('im2col'))).toEqual(['torch.nn.functional.unfold', 'torch.nn.Unfold']);
  });

  it('takes the parameters in their order, unless it says another', () => {
    const orders = (given: Head): string[] => standingsOf(head(given)).map(({ order }) => order);
    expect(orders({})).toEqual(['input alpha']);
    expect(orders({ in: ['torch', 'F'], inplace: true })).toEqual(['input alpha', 'input alpha inplace']);
    expect(orders({ in: ['torch', 'F'], takes: 'input | alpha' })).toEqual(['input | alpha', 'input | alpha']);
    expect(
      orders({ in: ['torch', 'Tensor', 'F', 'F:v'], takes: { all: 'a', F: 'f', Tensor: 't', ':v': 'v' } }),
    ).toEqual(['a', 't', 'f', 'v']);
    expect(standingsOf(op('sum'))[0].order).toBe('input dim keepdim | dtype');
    expect(standingsOf(op('mse_loss'))[0].order).toBe('input target size_average reduce reduction');
  });
});
