/** Reading, binding and deleting names. */
import { notFound, PyError } from '../errors.ts';
import type { Code, Frame } from '../frame.ts';
import type { Value } from '../values.ts';
import type { Context, Place } from './context.ts';

export type Store = (frame: Frame, value: Value) => void;

const undefinedName = (name: string): PyError =>
  notFound('NameError', `name '${name}' is not defined`, { name, where: 'names' });

const unbound = (name: string): PyError =>
  new PyError('UnboundLocalError', `cannot access local variable '${name}' where it is not associated with a value`);

const unboundFree = (name: string): PyError =>
  new PyError(
    'NameError',
    `cannot access free variable '${name}' where it is not associated with a value in enclosing scope`,
  );

function up(frame: Frame, hops: number): Frame {
  let at = frame;
  for (let i = 0; i < hops; i++) at = at.parent!;
  return at;
}

export function load(context: Context, name: string): Code {
  return loadFrom(context, name, context.scope.find(name));
}

function loadFrom(context: Context, name: string, place: Place): Code {
  switch (place.kind) {
    case 'local': {
      const { slot } = place;
      return (frame) => {
        const value = frame.slots[slot];
        if (value === undefined) throw unbound(name);
        return value;
      };
    }
    case 'free': {
      const { slot, hops } = place;
      return (frame) => {
        const value = up(frame, hops).slots[slot];
        if (value === undefined) throw unboundFree(name);
        return value;
      };
    }
    case 'class': {
      const outside = loadFrom(context, name, place.outside);
      return (frame) => frame.names!.get(name) ?? fallBack(frame, name, outside);
    }
    case 'global': {
      const { globals } = context;
      const { builtins } = context.runtime;
      return () => {
        const value = globals.get(name);
        if (value !== undefined) return value;
        const builtin = builtins.get(name);
        if (builtin === undefined) throw undefinedName(name);
        return builtin;
      };
    }
  }
}

/** `??` takes None for absent. */
function fallBack(frame: Frame, name: string, outside: Code): Value {
  return frame.names!.has(name) ? null : outside(frame);
}

export function store(context: Context, name: string): Store {
  const place = context.scope.find(name);
  switch (place.kind) {
    case 'local': {
      const { slot } = place;
      return (frame, value) => {
        frame.slots[slot] = value;
      };
    }
    case 'free': {
      const { slot, hops } = place;
      return (frame, value) => {
        up(frame, hops).slots[slot] = value;
      };
    }
    case 'class':
      return (frame, value) => {
        frame.names!.set(name, value);
      };
    case 'global': {
      const { globals } = context;
      return (_, value) => {
        globals.set(name, value);
      };
    }
  }
}

export function erase(context: Context, name: string): (frame: Frame) => void {
  const place = context.scope.find(name);
  switch (place.kind) {
    case 'local':
    case 'free': {
      const { slot } = place;
      const hops = place.kind === 'free' ? place.hops : 0;
      return (frame) => {
        const { slots } = up(frame, hops);
        if (slots[slot] === undefined) throw hops > 0 ? unboundFree(name) : unbound(name);
        slots[slot] = undefined;
      };
    }
    case 'class':
      return (frame) => {
        if (!frame.names!.delete(name)) throw undefinedName(name);
      };
    case 'global': {
      const { globals } = context;
      return () => {
        if (!globals.delete(name)) throw undefinedName(name);
      };
    }
  }
}
