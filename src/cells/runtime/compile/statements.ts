/** Statements, made ready to run. */
import type { Stmt, StmtOf } from '../../syntax/ast.ts';
import { PyError, typeError } from '../errors.ts';
import { instanceOf, isException, raised } from '../exceptions.ts';
import { BREAK, CONTINUE, type Frame, NEXT, RETURN, type Signal, type Step } from '../frame.ts';
import { importFrom, importModule, importStar } from '../imports.ts';
import { setItem } from '../keys.ts';
import { PyClass, PyDict, PyInstance } from '../values.ts';
import type { Context } from './context.ts';
import { forLoop, ifElse, matchStatement, tryExcept, whileLoop, withBlock } from './control.ts';
import { defineClass, defineFunction } from './functions.ts';
import { store } from './names.ts';
import { raisedFrom } from './raising.ts';
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
      return annotation(context, node);
    case 'Match':
      return matchStatement(context, node);
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
        if (message === null) throw raised('AssertionError', [], '');
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

/** The annotations of a class are kept; those of a function's names are not even looked at. */
function annotation(context: Context, node: StmtOf<'Annotation'>): Step {
  const value = node.value === null ? null : context.expression(node.value);
  const bind = value === null ? null : assignTo(context, node.target);
  const code = context.scope.kind === 'function' ? null : context.expression(node.annotation);
  const name = node.target.kind === 'Name' && context.scope.kind === 'class' ? node.target.id : null;
  return always((frame) => {
    if (value !== null) bind!(frame, value(frame));
    if (code === null) return;
    const said = code(frame);
    if (name === null || frame.names === null) return;
    const known = frame.names.get('__annotations__');
    const all = known instanceof PyDict ? known : new PyDict();
    frame.names.set('__annotations__', all);
    setItem(all, name, said, context.runtime);
  });
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
    const error = raisedFrom(runtime, what);
    const handled = runtime.handling.at(-1);
    if (handled !== undefined && instanceOf(handled) !== instanceOf(error))
      instanceOf(error).attributes.set('__context__', instanceOf(handled));
    if (cause !== null) {
      const why = cause(frame);
      const from = why instanceof PyClass && isException(why) ? instanceOf(raisedFrom(runtime, why)) : why;
      if (from !== null && !(from instanceof PyInstance && isException(from.cls)))
        throw typeError('exception causes must derive from BaseException');
      instanceOf(error).attributes.set('__cause__', from);
      instanceOf(error).attributes.set('__suppress_context__', true);
    }
    throw error;
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
        else context.globals.set(name, value);
      }
    });
  }
  const binds = names.map(({ name, as }) => ({ name, bind: store(context, as ?? name) }));
  return always((frame) => {
    for (const { name, bind } of binds) bind(frame, importFrom(runtime, module, name));
  });
}
