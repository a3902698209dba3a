/** The classes of values that have no name of their own in the language, and what functions take. */
import { UserFunction } from '../runtime/objects.ts';
import { FUNCTION, NONE_TYPE, typeNamed } from '../runtime/types.ts';
import { NativeFunction, PyList, PyTuple, type Value } from '../runtime/values.ts';

/** Name, kind and default of each parameter, in their order. */
function parametersOf(fn: UserFunction): PyList {
  const { signature, names } = fn.code;
  const { positional, positionalOnly, keywordOnly, star, starstar } = signature;
  const row = (name: string, kind: number, fallback?: Value): PyTuple =>
    new PyTuple([name, BigInt(kind), new PyTuple(fallback === undefined ? [] : [fallback])]);
  const first = positional.length - fn.defaults.length;
  const rows = positional.map((name, i) => row(name, i < positionalOnly ? 0 : 1, fn.defaults[i - first]));
  if (star !== null) rows.push(row(names[star], 2));
  for (const name of keywordOnly) rows.push(row(name, 3, fn.keywordDefaults.get(name)));
  if (starstar !== null) rows.push(row(names[starstar], 4));
  return new PyList(rows);
}

export const KINDS = (): Map<string, Value> =>
  new Map<string, Value>([
    ['FunctionType', FUNCTION],
    ['MethodType', typeNamed('method')],
    ['BuiltinFunctionType', typeNamed('builtin_function_or_method')],
    ['ModuleType', typeNamed('module')],
    ['GeneratorType', typeNamed('generator')],
    ['GenericAlias', typeNamed('types.GenericAlias')],
    ['UnionType', typeNamed('types.UnionType')],
    ['NoneType', NONE_TYPE],
    ['EllipsisType', typeNamed('ellipsis')],
    ['NotImplementedType', typeNamed('NotImplementedType')],
    ['parameters', new NativeFunction('parameters', ([fn]) => (fn instanceof UserFunction ? parametersOf(fn) : null))],
    ['generates', new NativeFunction('generates', ([fn]) => fn instanceof UserFunction && fn.code.generate !== null)],
  ]);
