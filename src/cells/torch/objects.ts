/** Attributes and printed forms of dtypes, devices, sizes, nodes and generators. */
import { forwardLevel } from '../../autograd/forward.ts';
import { isFloating, isSigned } from '../../tensor/dtype.ts';
import { numelOf } from '../../tensor/shape.ts';
import { packedClass } from '../nn/packed.ts';
import { importModule } from '../runtime/imports.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ObjectProtocol } from '../runtime/tensor-protocol.ts';
import { TUPLE } from '../runtime/types.ts';
import {
  BoundMethod,
  DTypeValue,
  type NativeFunction,
  PyClass,
  PyContext,
  PyList,
  PyModule,
  type PyObject,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { deviceClass, dtypeClass, generatorClass, sizeClass } from './classes.ts';
import { classOfConstant } from './constants.ts';
import { ForeignDType, FormatValue, toIntegers } from './convert.ts';
import { native } from './define.ts';
import { Device, deviceRepr, deviceText } from './devices.ts';
import { TypeInfo } from './dtypes.ts';
import { memoryFormatClass } from './formats.ts';
import { GradMode } from './modes.ts';
import { AccumulateGrad, classOfNode, NodeValue, nodeAttribute, setNodeAttribute } from './nodes.ts';
import { LATE } from './profiling.ts';
import { GeneratorValue, generatorAttribute } from './random.ts';
import { SavedTensor, savedTensorClass } from './saved-tensors.ts';
import { FlagModule } from './system/flags.ts';

function dtypeAttribute(value: DTypeValue, name: string): Value | undefined {
  switch (name) {
    case 'is_floating_point':
      return isFloating(value.dtype);
    case 'is_complex':
      return false;
    case 'is_signed':
      return isSigned(value.dtype);
    default:
      return undefined;
  }
}

const NUMEL = native('numel', 'self', ([size]) => BigInt(numelOf(toIntegers(size) ?? [])));

const isEmptyList = (value: Value): boolean => value instanceof PyList && value.items.length === 0;
/** A context by hand. */
const CONTEXT_METHODS: ReadonlyMap<string, NativeFunction> = new Map(
  [
    native('__enter__', 'self', ([context]) => (context instanceof PyContext ? context.enter() : null)),
    native('__exit__', 'self *raised', ([context]) => {
      if (context instanceof PyContext) context.exit();
      return null;
    }),
  ].map((fn) => [fn.name, fn]),
);
const RETURN_TYPES = 'torch.return_types.';
const returnClasses = new Map<string, PyClass>();

/** The class of the results that an op gives under names. There are as many as such ops. */
function returnClass(type: string): PyClass {
  let cls = returnClasses.get(type);
  if (cls === undefined) {
    const members = new Map<string, Value>([['__module__', 'torch.return_types']]);
    cls = new PyClass(type.slice(RETURN_TYPES.length), [TUPLE], members);
    returnClasses.set(type, cls);
  }
  return cls;
}

export const OBJECTS: ObjectProtocol = {
  getAttribute(value: PyObject, name: string, interpreter: Interpreter): Value | undefined {
    if (value instanceof DTypeValue) return dtypeAttribute(value, name);
    if (value instanceof FlagModule) return value.flag(name, interpreter);
    if (value instanceof PyModule) {
      const full = `${value.name}.${name}`;
      if (full === 'torch.autograd.forward_ad._current_level') return forwardLevel() === null ? -1n : 0n;
      return LATE.has(full) ? importModule(interpreter as Runtime, full) : undefined;
    }
    if (value instanceof ForeignDType)
      return name === 'is_complex'
        ? value.name.startsWith('complex')
        : name === 'is_floating_point'
          ? false
          : undefined;
    if (value instanceof Device)
      return name === 'type'
        ? value.kind
        : name === 'index'
          ? value.index === null
            ? null
            : BigInt(value.index)
          : undefined;
    if (value instanceof NodeValue || value instanceof AccumulateGrad) return nodeAttribute(value, name, interpreter);
    if (value instanceof GeneratorValue) return generatorAttribute(value, name);
    if (value instanceof TypeInfo) return value.facts.get(name);
    if (value instanceof PyContext) {
      const method = CONTEXT_METHODS.get(name);
      return method === undefined ? undefined : new BoundMethod(value, method);
    }
    if (value instanceof PyTuple && value.type === 'torch.Size' && name === 'numel') {
      return new BoundMethod(value, NUMEL);
    }
    return undefined;
  },
  setAttribute(value: PyObject, name: string, to: Value, interpreter: Interpreter): boolean {
    if (!(value instanceof FlagModule)) return setNodeAttribute(value, name, to, interpreter);
    value.set(name, to, interpreter);
    return true;
  },
  classOf(value: PyObject): PyClass | undefined {
    if (value instanceof NodeValue || value instanceof AccumulateGrad) return classOfNode(value);
    if (value instanceof SavedTensor) return savedTensorClass;
    if (value instanceof DTypeValue || value instanceof ForeignDType) return dtypeClass;
    if (value instanceof Device) return deviceClass;
    if (value instanceof FormatValue)
      return value.type === 'torch.memory_format' ? memoryFormatClass : classOfConstant(value);
    if (value instanceof GeneratorValue) return generatorClass;
    if (value instanceof PyTuple && value.type === 'torch.Size') return sizeClass;
    if (value instanceof PyTuple && value.type === 'PackedSequence') return packedClass;
    if (value instanceof PyTuple && value.type.startsWith(RETURN_TYPES)) return returnClass(value.type);
    return undefined;
  },
  repr(value: PyObject, _: Interpreter): string | undefined {
    if (value instanceof PyTuple && value.type === '_IncompatibleKeys' && value.items.every(isEmptyList))
      return '<All keys matched successfully>';
    if (value instanceof DTypeValue) return `torch.${value.dtype}`;
    if (value instanceof ForeignDType || value instanceof FormatValue) return `torch.${value.name}`;
    if (value instanceof Device) return deviceRepr(value);
    if (value instanceof TypeInfo) return value.text;
    if (value instanceof GradMode) return `<${value.type} object at 0x7f0000000000>`;
    return undefined;
  },
  str: (value: PyObject) => (value instanceof Device ? deviceText(value) : undefined),
};
