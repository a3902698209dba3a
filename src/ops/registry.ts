/** Every op by name. An op is registered by being exported from its family's folder. */
import { installPrimitives } from '../autograd/primitives.ts';
import * as activations from './activations/index.ts';
import { batchedCall } from './batching/calls.ts';
import * as creation from './creation/index.ts';
import type { Category, OpDef } from './define.ts';
import { installOps } from './in-ops.ts';
import * as indexing from './indexing/index.ts';
import * as linalg from './linalg/index.ts';
import * as losses from './losses/index.ts';
import * as nn from './nn/index.ts';
import * as pointwise from './pointwise/index.ts';
import * as reductions from './reductions/index.ts';
import * as shape from './shape/index.ts';

const byName = new Map<string, OpDef>();
const all: OpDef[] = [];

/** All ops, sorted by name. */
export const ops: readonly OpDef[] = all;

/**
 * Adds the ops among the exports of a module; its other exports are left alone. Routes, the catalogue, the
 * namespaces of Python and the modules of torch.nn are made from the ops that are there when they are
 * imported: ops from elsewhere are added before.
 *
 * @throws Error where two ops have one name
 */
export function register(family: Readonly<Record<string, unknown>>): void {
  for (const value of Object.values(family)) {
    const def = (value as { def?: OpDef } | undefined)?.def;
    if (def === undefined) continue;
    for (const name of [def.name, ...def.aliases]) {
      if (byName.has(name)) throw new Error(`two ops are called ${name}`);
      byName.set(name, def);
    }
    all.push(def);
  }
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

for (const family of [activations, losses, pointwise, reductions, shape, indexing, linalg, nn, creation])
  register(family);

installPrimitives({
  add: (a, b) => pointwise.add(a, b),
  sumToSize: (t, size) => reductions.sumToSize(t, size),
  to: (t, dtype) => creation.to(t, dtype),
  onesLike: (t) => creation.onesLike(t),
  mul: (a, b) => pointwise.mul(a, b),
  sum: (t) => reductions.sum(t),
  clone: (t) => pointwise.clone(t),
  zerosLike: (t) => creation.zerosLike(t),
  noteDetach: (t, out) => pointwise.detach.note([t], out),
  stack: (tensors) => shape.stack(tensors),
  cat: (tensors) => shape.cat(tensors),
  reshape: (t, size) => shape.reshape(t, size),
  expand: (t, size) => shape.expand(t, size),
  at: (t, place) => shape.select(t, 0, place),
  batched: (op, args, outputs, batches) => batchedCall(op as OpDef, args, outputs, batches),
  cover: (t, values) => pointwise.where(creation.full([], true, 'bool'), values, t),
  piecewise: (grad, t) => pointwise.piecewiseBackward(grad, t),
  take: (t, places) => indexing.take(t, places),
  notePut: (t, places, values, out) => indexing.put.note([t, places, values, false], out),
  window: (t, { size, stride, offset }) => indexing.stridedWindow(t, size, stride, offset),
  noteWindow: (t, values, { size, stride, offset }, out) =>
    indexing.stridedWindowScatter.note([t, values, size, stride, offset], out),
});

installOps((name) => byName.get(name));

/** An op by its name or an alias. */
export const findOp = (name: string): OpDef | undefined => byName.get(name);

export const opsOf = (category: Category): readonly OpDef[] => ops.filter((op) => op.category === category);

/** Every name that an op answers to. */
export const opNames = (): readonly string[] => [...byName.keys()];
