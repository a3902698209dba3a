/** Assignment to targets of every shape, `op=` and `del`. */
import type { Expr, StmtOf } from '../../syntax/ast.ts';
import { deleteAttribute } from '../attributes.ts';
import type { Frame } from '../frame.ts';
import { deleteItem, getItem, setItem } from '../indexing.ts';
import { unpack, unpackStar } from '../iterate.ts';
import { augment } from './arithmetic.ts';
import type { Context } from './context.ts';
import { erase, load, type Store, store } from './names.ts';

export function assignTo(context: Context, target: Expr): Store {
  const { runtime } = context;
  switch (target.kind) {
    case 'Name':
      return store(context, target.id);
    case 'Attribute': {
      const object = context.expression(target.value);
      const { name } = target;
      return (frame, value) => runtime.setAttribute(object(frame), name, value);
    }
    case 'Subscript': {
      const object = context.expression(target.value);
      const index = context.expression(target.index);
      return (frame, value) => setItem(runtime, object(frame), index(frame), value);
    }
    case 'Tuple':
    case 'List': {
      const star = target.items.findIndex((item) => item.kind === 'Star');
      const stores = context.deeper(() =>
        target.items.map((item) => assignTo(context, item.kind === 'Star' ? item.value : item)),
      );
      const count = stores.length;
      return (frame, value) => {
        const values = star < 0 ? unpack(runtime, value, count) : unpackStar(runtime, value, star, count - star - 1);
        for (let i = 0; i < count; i++) stores[i](frame, values[i]);
      };
    }
    default:
      throw new Error(`no target: ${target.kind}`);
  }
}

export function augmented(context: Context, node: StmtOf<'Augmented'>): (frame: Frame) => void {
  const { runtime } = context;
  const { target, op } = node;
  const value = context.expression(node.value);
  if (target.kind === 'Name') {
    const read = load(context, target.id);
    const write = store(context, target.id);
    return (frame) => write(frame, augment(runtime, op, read(frame), value(frame)));
  }
  if (target.kind === 'Attribute') {
    const object = context.expression(target.value);
    const { name } = target;
    return (frame) => {
      const owner = object(frame);
      const before = runtime.getAttribute(owner, name);
      runtime.setAttribute(owner, name, augment(runtime, op, before, value(frame)));
    };
  }
  if (target.kind !== 'Subscript') throw new Error(`no target: ${target.kind}`);
  const object = context.expression(target.value);
  const index = context.expression(target.index);
  return (frame) => {
    const owner = object(frame);
    const at = index(frame);
    const before = getItem(runtime, owner, at);
    setItem(runtime, owner, at, augment(runtime, op, before, value(frame)));
  };
}

export function remove(context: Context, target: Expr): (frame: Frame) => void {
  const { runtime } = context;
  switch (target.kind) {
    case 'Name':
      return erase(context, target.id);
    case 'Attribute': {
      const object = context.expression(target.value);
      return (frame) => deleteAttribute(runtime, object(frame), target.name);
    }
    case 'Subscript': {
      const object = context.expression(target.value);
      const index = context.expression(target.index);
      return (frame) => deleteItem(runtime, object(frame), index(frame));
    }
    case 'Tuple':
    case 'List': {
      const removals = target.items.map((item) => remove(context, item));
      return (frame) => {
        for (const removal of removals) removal(frame);
      };
    }
    default:
      throw new Error(`no target: ${target.kind}`);
  }
}
