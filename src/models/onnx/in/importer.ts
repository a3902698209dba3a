/** Reads the graph of an ONNX file, node by node, into nodes of ours. */
import type { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { materialize } from '../../../graph/materialize.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { EngineError } from '../../../tensor/errors.ts';
import { numelOf } from '../../../tensor/shape.ts';
import { heapAllocator, metaAllocator, withAllocator } from '../../../tensor/storage.ts';
import { fromStorage, type Tensor } from '../../../tensor/tensor.ts';
import {
  ATTRIBUTE,
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type OperatorSetIdProto,
  type TensorProto,
  type ValueInfoProto,
} from '../proto/messages.ts';
import { Builder, SMALL } from './builder.ts';
import { invalid, UnknownSizes, Unsupported, type UnsupportedNode } from './errors.ts';
import { OnnxNode, type Reader } from './node.ts';
import { entries } from './table.ts';
import { dtypeOf, literalOf, NoSuchType, typeName } from './tensors.ts';
import { Val } from './val.ts';

/** The oldest opset whose nodes are read. */
const OLDEST = 6;

/** So many sizes that may vary are told apart; more would make numbers that are too large. */
const MAX_SYMBOLS = 16;

/** Functions within functions, graphs within graphs. */
const MAX_DEPTH = 32;

/** A tensor that comes in or goes out: −1 for a size that may vary; null for a shape that is not known. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[] | null;
}

/** Names of values, those of graphs further out behind them. */
class Names {
  private readonly own = new Map<string, Val>();
  private readonly outer: Names | null;
  constructor(outer: Names | null) {
    this.outer = outer;
  }
  get(name: string): Val | undefined {
    return this.own.get(name) ?? this.outer?.get(name);
  }
  set(name: string, value: Val): void {
    if (this.own.has(name)) throw invalid(`two nodes make the value "${name}"`);
    this.own.set(name, value);
  }
}

/** What gives nodes their meaning: opsets by domain, and the attributes of the function that they stand in. */
interface Context {
  readonly names: Names;
  readonly opsets: ReadonlyMap<string, number>;
  readonly infos: ReadonlyMap<string, ValueInfoProto>;
  readonly attributes: ReadonlyMap<string, AttributeProto> | null;
  readonly depth: number;
  /** Functions that are being read. */
  readonly calls: readonly FunctionProto[];
}

const domainOf = (domain: string | undefined): string => (domain === 'ai.onnx' ? '' : (domain ?? ''));

const opsetsOf = (imports: readonly OperatorSetIdProto[]): Map<string, number> =>
  new Map(imports.map(({ domain, version }) => [domainOf(domain), Number(version ?? 0n)]));

export interface ImporterSettings {
  readonly maxNodes: number;
  readonly tick: () => void;
  /** What stands for a size that may vary, in either run, before it is made different for each name. */
  readonly scale: readonly [number, number];
}

export class Importer {
  readonly build: Builder;
  readonly inputs: Val[] = [];
  readonly outputs: { readonly name: string; readonly value: Val }[] = [];
  readonly inputInfos: TensorInfo[] = [];
  readonly warnings = new Set<string>();
  /** Whether sizes that may vary were met. */
  varies = false;
  private readonly model: ModelProto;
  private readonly settings: ImporterSettings;
  private readonly symbols = new Map<string, readonly [number, number]>();
  private readonly unsupported = new Map<string, UnsupportedNode>();
  private readonly lost = new Set<Val>();
  private readonly functions: ReadonlyMap<string, FunctionProto>;

  constructor(model: ModelProto, settings: ImporterSettings) {
    this.model = model;
    this.settings = settings;
    this.build = new Builder(settings.maxNodes, settings.tick, () => this.symbol(undefined));
    this.functions = new Map(model.functions.map((f) => [`${domainOf(f.domain)}:${f.name ?? ''}`, f]));
  }

  /** All that is not supported. */
  get missing(): UnsupportedNode[] {
    return [...this.unsupported.values()];
  }

  read(): void {
    const { graph } = this.model;
    if (graph === undefined) throw invalid('the file has no graph');
    const opsets = opsetsOf(this.model.opsetImport);
    // Before there was an import, the only opset was the first.
    if (opsets.size === 0) opsets.set('', 1);
    const context: Context = {
      names: new Names(null),
      opsets,
      infos: infosOf(graph),
      attributes: null,
      depth: 0,
      calls: [],
    };
    this.initializers(graph, context);
    for (const info of graph.input) {
      const name = nameOf(info);
      // A constant may be listed among the inputs, too: there it has a default.
      if (context.names.get(name) === undefined) this.input(name, info, context.names);
    }
    this.nodes(graph.node, context);
    for (const info of graph.output) {
      const name = nameOf(info);
      const value = context.names.get(name);
      if (value === undefined) throw invalid(`the graph's output "${name}" is made by no node`);
      this.outputs.push({ name, value });
    }
    if (this.outputs.length === 0) throw invalid('the graph has no outputs');
  }

  private initializers(graph: GraphProto, { names }: Context): void {
    for (const tensor of graph.initializer) {
      const name = tensor.name ?? '';
      if (name === '') throw invalid('an initializer has no name');
      names.set(name, this.constant(tensor, `the initializer "${name}"`, name));
    }
    if (graph.sparseInitializer.length > 0)
      this.refuse('sparse_initializer', '', 0, 'sparse tensors are not supported');
  }

  private constant(tensor: TensorProto, what: string, name: string | null): Val {
    let literal: TensorLiteral;
    try {
      literal = literalOf(tensor, what);
    } catch (error) {
      if (!(error instanceof NoSuchType)) throw error;
      this.refuse('Constant', '', 0, `there are no tensors of type ${typeName(tensor.dataType)}`);
      const lost = new Val({ dtype: 'float32', probes: null });
      this.lost.add(lost);
      return lost;
    }
    const dtype = literal.dtype as DType;
    const small = literal.numel <= SMALL;
    const t = withAllocator(small ? heapAllocator : metaAllocator, () => materialize(literal, dtype)).detach();
    const value = new Val({ dtype, probes: [t, t], sure: small, literal });
    if (name !== null) value.name = name;
    return value;
  }

  private input(name: string, info: ValueInfoProto, names: Names): void {
    const type = info.type?.tensorType;
    if (type === undefined) {
      this.refuse('input', '', 0, `"${name}" is no tensor`);
    }
    let dtype = dtypeOf(type?.elemType);
    if (dtype === undefined) {
      if (type !== undefined) this.refuse('input', '', 0, `"${name}" has elements of type ${typeName(type.elemType)}`);
      dtype = 'float32';
    }
    const probes = this.probesOf(info, dtype);
    const value = new Val({ dtype, probes });
    value.name = name;
    names.set(name, value);
    this.inputs.push(value);
    this.inputInfos.push({ name, dtype, shape: value.sizes?.map((n) => n ?? -1) ?? null });
  }

  /** What a file says of a value's shape, as tensors without elements. */
  private probesOf(info: ValueInfoProto | undefined, dtype: DType): readonly [Tensor, Tensor] | null {
    const dims = info?.type?.tensorType?.shape?.dim;
    if (dims === undefined || dims.length > 64) return null;
    const pairs = dims.map(({ dimValue, dimParam }) => {
      if (dimValue !== undefined && dimValue >= 0n && dimValue < 2n ** 31n) {
        const n = Number(dimValue);
        return [n, n] as const;
      }
      return this.symbol(dimParam);
    });
    const make = (which: 0 | 1): Tensor | null => {
      const shape = pairs.map((pair) => pair[which]);
      const numel = numelOf(shape);
      return Number.isSafeInteger(numel) ? fromStorage(metaAllocator.alloc(dtype, numel), shape) : null;
    };
    const first = make(0);
    const second = pairs.every(([a, b]) => a === b) ? first : make(1);
    return first === null || second === null ? null : [first, second];
  }

  /** What stands for a size that may vary: the same for the same name. */
  private symbol(name: string | undefined): readonly [number, number] {
    this.varies = true;
    const known = name === undefined || name === '' ? undefined : this.symbols.get(name);
    if (known !== undefined) return known;
    const [a, b] = this.settings.scale;
    const k = 1 + (this.symbols.size % MAX_SYMBOLS);
    const pair = [a * k, b * k] as const;
    this.symbols.set(name || ` ${k}`, pair);
    return pair;
  }

  private nodes(nodes: readonly NodeProto[], context: Context): void {
    for (const proto of nodes) this.node(proto, context);
  }

  private node(proto: NodeProto, context: Context): void {
    const { names } = context;
    const inputs = proto.input.map((name) => {
      if (name === '') return null;
      const value = names.get(name);
      if (value === undefined)
        throw invalid(`${proto.opType ?? 'a node'} reads "${name}", which nothing before it makes`);
      return value;
    });
    const attributes = attributesOf(proto, context.attributes);
    const poisoned = inputs.some((v) => v !== null && this.lost.has(v));
    const before = this.build.base;
    this.build.base = proto.output.find((name) => name !== '') ?? proto.opType ?? 'value';
    let results: readonly (Val | null)[] | null;
    try {
      results = this.results(proto, inputs, attributes, context, poisoned);
    } finally {
      this.build.base = before;
    }
    proto.output.forEach((name, i) => {
      if (name === '') return;
      let value = results?.[i] ?? null;
      if (value === null) {
        const dtype = dtypeOf(context.infos.get(name)?.type?.tensorType?.elemType) ?? 'float32';
        value = new Val({ dtype, probes: this.probesOf(context.infos.get(name), dtype) });
        this.lost.add(value);
      } else if (value.vague) value.probes = this.probesOf(context.infos.get(name), value.dtype) ?? value.probes;
      if (poisoned) this.lost.add(value);
      names.set(name, value);
      value.name ??= context.depth === 0 ? name : null;
    });
  }

  /** What a node gives; null where it is not supported, which is noted. */
  private results(
    proto: NodeProto,
    inputs: readonly (Val | null)[],
    attributes: ReadonlyMap<string, AttributeProto>,
    context: Context,
    poisoned: boolean,
  ): readonly (Val | null)[] | null {
    const op = proto.opType ?? '';
    const domain = domainOf(proto.domain);
    const version = context.opsets.get(domain);
    const fn = this.functions.get(`${domain}:${op}`);
    if (fn !== undefined) return this.call(fn, inputs, attributes, context);
    if (version === undefined) throw invalid(`${op} is of the domain "${domain}", which the file does not import`);
    const refuse = (why: string): null => {
      this.refuse(op, domain, version, why);
      return null;
    };
    if (domain !== '') return refuse(`the domain "${domain}" is not supported`);
    const entry = entries.get(op);
    if (entry === undefined) return refuse('there is nothing here that carries it out');
    // Before opset 6 only what has stayed as it was.
    if (version < OLDEST && !((entry.versions.filter((v) => v <= OLDEST).at(-1) as number) <= version))
      return refuse(`opsets are read from ${OLDEST} on`);
    const node = new OnnxNode(proto, version, inputs, attributes, this.build, this.readerOf(context));
    try {
      const results = entry.lower(node);
      return results instanceof Val ? [results] : results;
    } catch (error) {
      if (error instanceof NoSuchType) return refuse(error.message);
      if (error instanceof Unsupported) {
        // After a node that is not supported, sizes are not known for no other reason.
        if (!(poisoned && error instanceof UnknownSizes)) refuse(error.message);
        return null;
      }
      if (error instanceof EngineError) error.node ??= this.build.base;
      throw error;
    }
  }

  private readerOf(context: Context): Reader {
    return {
      graph: (graph, inputs) => this.inner(graph, inputs, context),
      constant: (tensor) => this.constant(tensor, `the constant of "${this.build.base}"`, null),
      warn: (message) => this.warnings.add(message),
    };
  }

  /** Reads a graph that stands in an attribute. */
  private inner(graph: GraphProto, inputs: readonly Val[], context: Context): Val[] {
    const depth = context.depth + 1;
    if (depth > MAX_DEPTH) throw invalid(`graphs are nested more than ${MAX_DEPTH} deep`);
    const inner: Context = { ...context, names: new Names(context.names), infos: infosOf(graph), depth };
    this.initializers(graph, inner);
    graph.input.forEach((info, i) => {
      if (i < inputs.length) inner.names.set(nameOf(info), inputs[i]);
    });
    this.nodes(graph.node, inner);
    return graph.output.map((info) => {
      const value = inner.names.get(nameOf(info));
      if (value === undefined) throw invalid(`the output "${nameOf(info)}" of an inner graph is made by no node`);
      return value;
    });
  }

  /** Takes a function of the file's own in, node by node. */
  private call(
    fn: FunctionProto,
    inputs: readonly (Val | null)[],
    attributes: ReadonlyMap<string, AttributeProto>,
    context: Context,
  ): readonly (Val | null)[] {
    if (context.calls.includes(fn)) throw invalid(`the function "${fn.name ?? ''}" calls itself`);
    const depth = context.depth + 1;
    if (depth > MAX_DEPTH) throw invalid(`functions are nested more than ${MAX_DEPTH} deep`);
    const names = new Names(null);
    const absent = new Set<string>();
    fn.input.forEach((name, i) => {
      const value = inputs[i] ?? null;
      if (value === null) absent.add(name);
      else names.set(name, value);
    });
    const given = new Map(fn.attributeProto.map((attribute) => [attribute.name ?? '', attribute]));
    for (const [name, attribute] of attributes) given.set(name, attribute);
    const nodes = fn.node.map((node) => ({
      ...node,
      input: node.input.map((name) => (absent.has(name) ? '' : name)),
    }));
    this.nodes(nodes, {
      names,
      opsets: new Map([...context.opsets, ...opsetsOf(fn.opsetImport)]),
      infos: new Map(),
      attributes: given,
      depth,
      calls: [...context.calls, fn],
    });
    return fn.output.map((name) => names.get(name) ?? null);
  }

  private refuse(op: string, domain: string, opset: number, why: string): void {
    const key = JSON.stringify([op, domain, opset, why]);
    const known = this.unsupported.get(key);
    this.unsupported.set(key, { op, domain, opset, count: (known?.count ?? 0) + 1, why });
  }
}

function nameOf({ name }: ValueInfoProto): string {
  if (name === undefined || name === '') throw invalid('an input or an output has no name');
  return name;
}

const infosOf = (graph: GraphProto): Map<string, ValueInfoProto> =>
  new Map([...graph.valueInfo, ...graph.output].map((info) => [info.name ?? '', info]));

/** A node's attributes; one that stands for an attribute of the function gets that one's value. */
function attributesOf(
  { attribute, opType }: NodeProto,
  outer: ReadonlyMap<string, AttributeProto> | null,
): Map<string, AttributeProto> {
  const out = new Map<string, AttributeProto>();
  for (const one of attribute) {
    const name = one.name ?? '';
    if (out.has(name)) throw invalid(`${opType ?? 'a node'} has the attribute "${name}" twice`);
    if (one.type === ATTRIBUTE.SPARSE_TENSOR)
      throw new EngineError('invalid_graph', `the attribute "${name}" is a sparse tensor`);
    const reference = one.refAttrName ?? '';
    if (reference === '') out.set(name, one);
    else {
      const value = outer?.get(reference);
      if (value !== undefined) out.set(name, { ...value, name });
    }
  }
  return out;
}
