/** Statements, made ready to run. */
import type { Stmt, StmtOf } from '../../syntax/ast.ts';
import { PyError, typeError } from '../errors.ts';
import { isException, makeException, RaisedError, raised } from '../exceptions.ts';
import { BREAK, CONTINUE, type Frame, NEXT, RETURN, type Signal, type Step } from '../frame.ts';
import { importFrom, importModule, importStar } from '../imports.ts';
import type { Runtime } from '../runtime.ts';
import { PyClass, PyInstance, type Value } from '../values.ts';
import type { Context } from './context.ts';
import { forLoop, ifElse, tryExcept, whileLoop, withBlock } from './control.ts';
import { defineClass, defineFunction } from './functions.ts';
import { store } from './names.ts';
import { assignTo, augmented, remove } from './targets.ts';

const always =
  (run: (frame: Frame) => unknown): Step =>
  (frame) => {
    run(frame);
    return NEXT;
  };

export function makeStatement(context: Context, node: Stmt): Step {
  switch (node.kind) {
    case 'Expression':
      return always(context.expression(node.value));
    case 'Assign':
      return assign(context, node);
    case 'Augmented':
      return always(augmented(context, node));
    case 'Annotation':
    case 'Pass':
    case 'Global':
    case 'Nonlocal':
      return () => NEXT;
    case 'Delete': {
      const removals = node.targets.map((target) => remove(context, target));
      return always((frame) => {
        for (const removal of removals) removal(frame);
      });
    }
    case 'Return': {
      if (node.value === null) return () => RETURN;
      const value = context.expression(node.value);
      return (frame): Signal => {
        frame.result = value(frame);
        return RETURN;
      };
    }
    case 'Raise':
      return raise(context, node);
    case 'Assert': {
      const { runtime } = context;
      const test = context.expression(node.test);
      const message = node.message === null ? null : context.expression(node.message);
      return always((frame) => {
        if (runtime.truth(test(frame))) return;
        if (message === null) throw new PyError('AssertionError', '');
        const value = message(frame);
        throw raised('AssertionError', [value], runtime.str(value));
      });
    }
    case 'Break':
      return () => BREAK;
    case 'Continue':
      return () => CONTINUE;
    case 'Import':
    case 'ImportFrom':
      return imports(context, node);
    case 'If':
      return ifElse(context, node);
    case 'While':
      return whileLoop(context, node);
    case 'For':
      return forLoop(context, node);
    case 'With':
      return withBlock(context, node);
    case 'Try':
      return tryExcept(context, node);
    case 'Function': {
      const define = defineFunction(context, node);
      const bind = store(context, node.name);
      return always((frame) => bind(frame, define(frame)));
    }
    case 'Class': {
      const define = defineClass(context, node);
      const bind = store(context, node.name);
      return always((frame) => bind(frame, define(frame)));
    }
  }
}

function assign(context: Context, node: StmtOf<'Assign'>): Step {
  const value = context.expression(node.value);
  const stores = node.targets.map((target) => assignTo(context, target));
  if (stores.length === 1) {
    const [bind] = stores;
    return always((frame) => bind(frame, value(frame)));
  }
  return always((frame) => {
    const result = value(frame);
    for (const bind of stores) bind(frame, result);
  });
}

/** The error of `raise value`. */
export function raisedFrom(runtime: Runtime, value: Value): PyError {
  let instance = value;
  if (value instanceof PyClass && isException(value))
    instance = value.construct === undefined ? runtime.call(value, []) : makeException(value, []);
  if (!(instance instanceof PyInstance) || !isException(instance.cls))
    throw typeError('exceptions must derive from BaseException');
  return new RaisedError(instance, runtime.str(instance));
}

function raise(context: Context, node: StmtOf<'Raise'>): Step {
  const { runtime } = context;
  if (node.value === null) {
    return () => {
      throw runtime.handling.at(-1) ?? new PyError('RuntimeError', 'No active exception to reraise');
    };
  }
  const value = context.expression(node.value);
  const cause = node.cause === null ? null : context.expression(node.cause);
  return (frame) => {
    const what = value(frame);
    cause?.(frame);
    throw raisedFrom(runtime, what);
  };
}

function imports(context: Context, node: StmtOf<'Import'> | StmtOf<'ImportFrom'>): Step {
  const { runtime } = context;
  if (node.kind === 'Import') {
    const binds = node.names.map(({ name, as }) => ({
      name,
      root: as === null ? name.split('.')[0] : name,
      bind: store(context, as ?? name.split('.')[0]),
    }));
    return always((frame) => {
      for (const { name, root, bind } of binds) {
        importModule(runtime, name);
        bind(frame, importModule(runtime, root));
      }
    });
  }
  const { module, names } = node;
  if (names === '*') {
    return always((frame) => {
      for (const [name, value] of importStar(runtime, module)) {
        if (frame.names !== null) frame.names.set(name, value);
        else runtime.globals.set(name, value);
      }
    });
  }
  const binds = names.map(({ name, as }) => ({ name, bind: store(context, as ?? name) }));
  return always((frame) => {
    for (const { name, bind } of binds) bind(frame, importFrom(runtime, module, name));
  });
}
