/** Attributes and printed forms of dtypes, devices, sizes, nodes and generators. */
import { isFloating, isSigned } from '../../tensor/dtype.ts';
import { numelOf } from '../../tensor/shape.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { ObjectProtocol } from '../runtime/tensor-protocol.ts';
import { TUPLE } from '../runtime/types.ts';
import { BoundMethod, DTypeValue, PyClass, type PyObject, PyTuple, type Value } from '../runtime/values.ts';
import { deviceClass, dtypeClass, generatorClass, sizeClass } from './classes.ts';
import { ForeignDType, FormatValue, toIntegers } from './convert.ts';
import { native } from './define.ts';
import { Device, deviceRepr } from './devices.ts';
import { TypeInfo } from './dtypes.ts';
import { layoutClass, memoryFormatClass } from './formats.ts';
import { HookHandle } from './hooks.ts';
import { GradMode } from './modes.ts';
import { AccumulateGrad, NodeValue, nodeAttribute } from './nodes.ts';
import { GeneratorValue, generatorAttribute } from './random.ts';

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
  getAttribute(value: PyObject, name: string): Value | undefined {
    if (value instanceof DTypeValue) return dtypeAttribute(value, name);
    if (value instanceof Device)
      return name === 'type'
        ? value.kind
        : name === 'index'
          ? value.index === null
            ? null
            : BigInt(value.index)
          : undefined;
    if (value instanceof NodeValue || value instanceof AccumulateGrad) return nodeAttribute(value, name);
    if (value instanceof HookHandle) return value.attribute(name);
    if (value instanceof GeneratorValue) return generatorAttribute(value, name);
    if (value instanceof TypeInfo) return value.facts.get(name);
    if (value instanceof PyTuple && value.type === 'torch.Size' && name === 'numel') {
      return new BoundMethod(value, NUMEL);
    }
    return undefined;
  },
  classOf(value: PyObject): PyClass | undefined {
    if (value instanceof DTypeValue || value instanceof ForeignDType) return dtypeClass;
    if (value instanceof Device) return deviceClass;
    if (value instanceof FormatValue) return value.type === 'torch.layout' ? layoutClass : memoryFormatClass;
    if (value instanceof GeneratorValue) return generatorClass;
    if (value instanceof PyTuple && value.type === 'torch.Size') return sizeClass;
    if (value instanceof PyTuple && value.type.startsWith(RETURN_TYPES)) return returnClass(value.type);
    return undefined;
  },
  repr(value: PyObject, _: Interpreter): string | undefined {
    if (value instanceof DTypeValue) return `torch.${value.dtype}`;
    if (value instanceof ForeignDType || value instanceof FormatValue) return `torch.${value.name}`;
    if (value instanceof Device) return deviceRepr(value);
    if (value instanceof TypeInfo) return value.text;
    if (value instanceof GradMode) return `<${value.type} object at 0x7f0000000000>`;
    return undefined;
  },
};
