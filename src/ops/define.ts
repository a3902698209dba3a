/** One op, one definition; and the dispatcher through which every call of an op goes. */

import { forwardLevel, hasTangents } from '../autograd/forward.ts';
import { isGradEnabled, setGradEnabled } from '../autograd/mode.ts';
import { type Edge, edgeTo, Node, type Step, sequence } from '../autograd/node.ts';
import { currentProfile, type Profile } from '../autograd/profiler.ts';
import { type Call, currentRecorder, enter, hasBetween, isInner, isRetried, leave } from '../autograd/recorder.ts';
import { type SavedHooks, savedHooks } from '../autograd/saved.ts';
import { refreshWindows } from '../autograd/windows.ts';
import type { Expression } from '../kernels/formula/expression.ts';
import { copy } from '../kernels/index.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { isInferenceMade, isInferring } from '../tensor/inference.ts';
import { checkWindow } from '../tensor/storage.ts';
import { Tensor, type TensorMeta, type WindowKind } from '../tensor/tensor.ts';
import type { Break, CurveArgs, CurveForm } from './curve.ts';
import type { Derivation } from './derivation.ts';
import { type ForwardShape, pushForward } from './forward-mode.ts';
import type { Args, DiffKeys, ParamList, Positional } from './params.ts';
import type { Head } from './pytorch.ts';
import { CallArgs, isInRule, type LooseRule, OpRule } from './rule.ts';
import { checkSaved, isNumber, wrapped } from './saving.ts';

export type Category =
  | 'activation'
  | 'loss'
  | 'pointwise'
  | 'comparison'
  | 'reduction'
  | 'shape'
  | 'indexing'
  | 'linalg'
  | 'creation'
  | 'nn';

/** What `forward` gives: one tensor, or several. */
type Result = Tensor | readonly Tensor[];

/** A tensor that was not saved is known by its shape and dtype alone. */
type Unsaved<T> = T extends Tensor ? TensorMeta : T extends readonly Tensor[] ? readonly TensorMeta[] : T;

/** What a gradient rule sees of its call. */
export type Saved<P extends ParamList, S extends string, O> = {
  readonly [K in keyof Args<P>]: K extends S ? Args<P>[K] : Unsaved<Args<P>[K]>;
} & ('result' extends S
  ? { readonly result: O }
  : { readonly result: O extends Tensor ? TensorMeta : readonly TensorMeta[] });

/** The gradient that reaches an op: one for its result, or one for each of several, null where none came. */
type Incoming<O> = O extends Tensor ? Tensor : readonly (Tensor | null)[];

/** What a rule gives: a tensor, or for a list of tensors a list; it may be of the broadcast shape. */
type Outgoing<T> = T extends readonly Tensor[] ? readonly (Tensor | null)[] : Tensor | null;

type ArgOf<P extends ParamList, K> = K extends keyof Args<P> ? Args<P>[K] : never;

export type Gradient<P extends ParamList, S extends string, O> = {
  readonly [K in keyof DiffKeys<P>]: (saved: Saved<P, S, O>, grad: Incoming<O>) => Outgoing<NonNullable<ArgOf<P, K>>>;
};

/** A request body that runs as it stands: parameters by wire name, tensors as JSON. */
export type Example = Readonly<Record<string, unknown>>;

interface Described<P extends ParamList> extends Head {
  /** PyTorch's functional name. */
  readonly name: string;
  /** Other names of PyTorch's for the same thing. */
  readonly aliases?: readonly string[];
  readonly category: Category;
  /** One line: what it is. */
  readonly summary: string;
  /** Where the formula comes from. */
  readonly source?: string;
  readonly params: P;
  /** LaTeX, in the parameters' names. */
  readonly formula: string;
  /** Where the op's curve breaks, by its arguments; what is not finite is no place. */
  readonly breaks?: (args: CurveArgs<P>) => readonly Break[];
  /** What its curve is one of, if not of one number by another. */
  readonly curve?: CurveForm<CurveArgs<P>>;
  /** LaTeX of the derivative with respect to the first differentiable parameter (or all). */
  readonly derivative?: string;
  /** How its forward and backward parts are told, where formula and derivative do not say it well. */
  readonly derivation?: Derivation<P>;
  /** As JSON text where the object would take several lines. */
  readonly examples: readonly [Example | string, ...(Example | string)[]];
  /** What is computed of each element, where that is one expression. */
  readonly element?: ElementForm;
  /** The operator of ONNX that does the same to the op's tensors, in their order, whatever its attributes are. */
  readonly onnx?: string;
}

/** A pointwise op as others may carry it out. */
export interface ElementForm {
  readonly expression: () => Expression;
  /** The keys of the parameters that its operands stand for, by their numbers. */
  readonly operands: ReadonlyMap<number, string>;
  /** Whether float32 is computed in float64 and rounded once. */
  readonly wide: boolean;
}

/** An op with a kernel and a gradient rule of its own. */
export interface Primitive<P extends ParamList, S extends string, O extends Result> extends Described<P> {
  readonly forward: (args: Args<P>) => O;
  /**
   * By differentiable parameter, in ops: the gradient with respect to it. It is summed over
   * broadcast dimensions and cast to the parameter's dtype by the backward pass.
   */
  readonly gradient: Gradient<P, S, O>;
  /**
   * Tensors that the rules read the elements of; `result` stands for what forward gave. By parameter,
   * where the rules differ: only what the rules read that will run is kept, and has to stay as it is.
   */
  readonly saves?: readonly S[] | { readonly [param: string]: readonly S[] };
  /**
   * Parameters that PyTorch's backward function reads, though the gradient is constant in them where it
   * has a derivative at all: recorded under `create_graph`, it hangs on them and its derivative is zero,
   * not refused. For all gradients of the op, or by the parameter that they belong to.
   */
  readonly hangsOn?: readonly string[] | { readonly [param: string]: readonly string[] };
  /** PyTorch's name of the node, where it is not the op's name in CamelCase with `Backward0`. */
  readonly gradFn?: string | ((args: Args<P>) => string);
  /** Places of results that carry no gradient, as statistics that are given beside the result proper. */
  readonly constantResults?: readonly number[];
  /**
   * Whether, in place, it writes to parts of its input alone: no other element of it is read, by the op
   * or by its rules. Its result is what `written` (indexing/plan.ts) gives.
   */
  readonly overwrites?: boolean;
  /** PyTorch's part of the graph, where it makes several nodes for the call, or takes other arguments. */
  readonly graph?: (edge: (key: string) => Edge | null, node: string) => readonly Step[];
  /** Whether a result may be a window on an input's elements: by default for shape and indexing. */
  readonly window?: boolean;
}

/** An op written in other ops, whose gradient follows from theirs. */
interface Composite<P extends ParamList, O extends Result> extends Described<P> {
  readonly composite: (args: Args<P>) => O;
}

/** What all else is made from: routes, schemas, catalogue, tests. */
export interface OpDef {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly category: Category;
  /** Where it stands in PyTorch. */
  readonly head: Head;
  readonly summary: string;
  readonly source?: string;
  readonly params: ParamList;
  readonly formula: string;
  /** Where its curve breaks, by arguments as {@link CurveArgs} has them. */
  readonly breaks?: (args: Readonly<Record<string, unknown>>) => readonly Break[];
  readonly curve?: CurveForm;
  readonly derivative?: string;
  readonly derivation: Derivation;
  readonly examples: readonly Example[];
  /** Whether, in place, it writes to parts of its input alone. */
  readonly overwrites: boolean;
  /** Whether any gradient can flow through it. */
  readonly differentiable: boolean;
  /** Places of results that carry no gradient for all that. */
  readonly constantResults: readonly number[];
  readonly composite: boolean;
  readonly element?: ElementForm;
  /** Its plain counterpart among the operators of ONNX. */
  readonly onnx?: string;
  /** Calls the op by name of its parameters (camelCase), absent ones taking their defaults. */
  call(args: Readonly<Record<string, unknown>>): Result;
  /** Calls the op by place in the signature; defaults are filled in where they are absent from `values`. */
  apply(values: unknown[]): Result;
}

/** An op as the code calls it, in the order of its signature. */
export interface Op<P extends ParamList, O extends Result> {
  (...args: Positional<P>): O;
  readonly def: OpDef;
  /**
   * Takes note of a call whose result is there already, as after an in-place write: `out` gets the call's
   * history, and who listens hears of it. Every argument is given.
   */
  note(args: readonly unknown[], out: Tensor): void;
}

/** The kind of a window that is made with recording off. */
const unrecorded = (): WindowKind => (isInferring() ? 'inference' : 'no_grad');

const pascal = (name: string): string =>
  name.replace(/(^|_)([a-z0-9])/g, (_, __, c: string) => c.toUpperCase()).replace(/_$/, '');

/** By differentiable parameter: the places, among these, of what its gradient hangs on; null where there is none. */
function hangings(
  given: readonly string[] | Readonly<Record<string, readonly string[]>> | undefined,
  diffParams: readonly { readonly key: string }[],
): readonly (readonly number[])[] | null {
  if (given === undefined) return null;
  const keys = diffParams.map((p) => p.key);
  const of = (key: string): readonly string[] =>
    Array.isArray(given) ? given : ((given as Readonly<Record<string, readonly string[]>>)[key] ?? []);
  return keys.map((key) => of(key).map((name) => keys.indexOf(name)));
}

/**
 * Registers nothing: it makes the callable op, and `registry.ts` lists it.
 *
 * A rule that is missing is a compile error: `gradient` has a key for each differentiable parameter.
 */
export function defineOp<const P extends ParamList, O extends Result, const S extends string = never>(
  spec: Primitive<P, S | never, O>,
): Op<P, O>;
export function defineOp<const P extends ParamList, O extends Result>(spec: Composite<P, O>): Op<P, O>;
export function defineOp(
  spec: Primitive<ParamList, string, Result> | Composite<ParamList, Result>,
): Op<ParamList, Result> {
  const { params } = spec;
  const isComposite = 'composite' in spec;
  const run = (isComposite ? spec.composite : spec.forward) as (args: Readonly<Record<string, unknown>>) => Result;
  const gradient = isComposite ? {} : (spec.gradient as unknown as Readonly<Record<string, LooseRule>>);
  const saves = (isComposite ? [] : (spec.saves ?? [])) as
    | readonly string[]
    | Readonly<Record<string, readonly string[]>>;
  const diffParams = params.filter((p) => p.differentiable);
  const rules = diffParams.map((p) => gradient[p.key]);
  const hangsOn = hangings(isComposite ? undefined : spec.hangsOn, diffParams);
  const wraps = spec.numbers === true;
  const theirs = isComposite ? undefined : spec.graph;
  const shape = { params: diffParams, all: params, wraps, theirs, op: null as OpDef | null };
  const ruleOfOne = new OpRule(rules, true, hangsOn, shape);
  const ruleOfSeveral = new OpRule(rules, false, hangsOn, shape);
  const sameSaves = Array.isArray(saves);
  const savedBy: readonly (readonly string[])[] = diffParams.map((p) =>
    Array.isArray(saves) ? saves : ((saves as Record<string, string[]>)[p.key] ?? []),
  );
  const defaultName = `${pascal(spec.name)}Backward0`;
  const profiledName = `aten::${spec.name}`;
  const gradFn = isComposite ? undefined : spec.gradFn;
  const constantResults = isComposite ? [] : (spec.constantResults ?? []);
  const window = !isComposite && (spec.window ?? (spec.category === 'shape' || spec.category === 'indexing'));
  const keys = params.map((p) => p.key as string);
  const defaults = params.map((p) => p.default as unknown);

  /** Places, in the signature, of what may be a tensor, and of what gradients flow to. */
  const tensorPlaces = params.flatMap((p, i) => (p.kind === 'attr' ? [] : [i]));
  const diffPlaces = params.flatMap((p, i) => (p.differentiable ? [i] : []));

  /** Where gradients go: an edge for each tensor that asks for one; null where none does. */
  function edgesOf(values: readonly unknown[]): Edge[] | null {
    let edges: Edge[] | null = null;
    for (let r = 0; r < diffPlaces.length; r++) {
      const value = values[diffPlaces[r]];
      if (value instanceof Tensor) {
        if (!value.requiresGrad) continue;
        const edge = edgeTo(value, r);
        if (edges === null) edges = [edge];
        else edges.push(edge);
      } else if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) {
          const item = value[i] as Tensor;
          if (!item.requiresGrad) continue;
          edges ??= [];
          edges.push(edgeTo(item, r, i));
        }
      }
    }
    return edges;
  }

  /** What the rules of several parameters read, by a bit for each of these. */
  const savedTogether = new Map<number, readonly string[]>();

  /** What the rules read that will run: those of the parameters that ask for a gradient. */
  function keysToSave(edges: readonly Edge[]): readonly string[] {
    if (sameSaves || edges.length === 1) return savedBy[edges[0].param];
    let which = 0;
    for (const { param } of edges) which |= 1 << param;
    let together = savedTogether.get(which);
    if (together === undefined) {
      together = [...new Set(edges.flatMap((e) => savedBy[e.param]))];
      savedTogether.set(which, together);
    }
    return together;
  }

  function tensorsToSave(args: CallArgs, out: Result, edges: readonly Edge[]): Tensor[] | undefined {
    let saved: Tensor[] | undefined;
    for (const key of keysToSave(edges)) {
      const value = key === 'result' ? out : args[key];
      if (value instanceof Tensor) {
        if (saved === undefined) saved = [value];
        else saved.push(value);
      } else if (Array.isArray(value)) {
        saved ??= [];
        for (const item of value as Tensor[]) saved.push(item);
      }
    }
    return saved;
  }

  function madeBy(node: Node, t: Tensor, index: number): void {
    if (!isFloating(t.dtype) || constantResults.includes(index)) return;
    t.requiresGrad = true;
    t.gradFn = node;
    t.outputIndex = index;
  }

  /** Whether PyTorch saves a number as if it were a tensor. */
  function savesNumber(args: CallArgs, edges: readonly Edge[]): boolean {
    return wraps && !isInRule() && keysToSave(edges).some((key) => isNumber(args[key]));
  }

  function record(args: CallArgs, values: readonly unknown[], out: Result): Node | null {
    const edges = edgesOf(values);
    if (edges === null) return null;
    const single = out instanceof Tensor;
    // A window on what was made in inference mode takes no part either.
    if (single && window && isInferenceMade(out.storage)) return null;
    if (!(single ? isFloating(out.dtype) : out.some((t) => isFloating(t.dtype)))) return null;
    const saved = tensorsToSave(args, out, edges);
    if (saved !== undefined) checkSaved(saved);
    const name = typeof gradFn === 'function' ? gradFn(args as never) : (gradFn ?? defaultName);
    args.result = out;
    const frees = saved !== undefined || savesNumber(args, edges);
    const node = new Node(name, single ? ruleOfOne : ruleOfSeveral, edges, args, saved, frees);
    if (single) madeBy(node, out, 0);
    else for (let i = 0; i < out.length; i++) madeBy(node, out[i], i);
    return node;
  }

  /** What directions of results are made from. */
  const shapes: ForwardShape = { keys, diffPlaces, constantResults, single: ruleOfOne, several: ruleOfSeveral };

  /** Has hooks pack what a node saved. They are a client's: nothing is half done, and who listens hears them. */
  function pack(node: Node, hooks: SavedHooks): void {
    node.pack(hooks, keysToSave(node.edges), wraps && !isInRule() ? wrapped : null);
  }

  /**
   * A result is never the very object that came in: who made it, and its name, are its own. One that
   * shares elements with an input is a window on it, or a copy where a write to it must not be seen there.
   */
  function own(out: Result, values: readonly unknown[], mode: boolean): Result {
    if (!(out instanceof Tensor)) {
      const input = values[0];
      if (!window || !(input instanceof Tensor) || out[0]?.storage !== input.storage) return out;
      for (const t of out) t.windowOn(input, mode ? 'several' : unrecorded());
      return out;
    }
    for (let i = 0; i < tensorPlaces.length; i++) {
      const input = values[tensorPlaces[i]];
      if (!(input instanceof Tensor) || input.storage !== out.storage) continue;
      if (!window) return copy(out);
      checkWindow(out.shape);
      const result = out === input ? out.alias() : out;
      if (rules.length > 0) result.windowOn(input, mode ? 'plain' : unrecorded());
      return result;
    }
    return out;
  }

  /** Calls the op on the values of its parameters, in order, defaults filled in. */
  function dispatch(values: readonly unknown[]): Result {
    const profile = currentProfile();
    return profile === null ? tried(values) : timed(profile, values);
  }

  /** A call that is profiled, under PyTorch's name of the op. */
  function timed(profile: Profile, values: readonly unknown[]): Result {
    const shapes = profile.shapes ? values.map((t) => (t instanceof Tensor ? t.shape : [])) : null;
    const event = profile.begin(profiledName, 0, shapes);
    const first = sequence();
    try {
      const out = tried(values);
      const made = (out instanceof Tensor ? out : out[0])?.gradFn as Node | null | undefined;
      if (made != null && made.seq >= first) event.seq = made.seq;
      return out;
    } finally {
      profile.end(event);
    }
  }

  function tried(values: readonly unknown[]): Result {
    if (!hasBetween()) return attempt(values);
    try {
      return attempt(values);
    } catch (error) {
      if (!isRetried(error)) throw error;
      return attempt(values);
    }
  }

  function attempt(values: readonly unknown[]): Result {
    refreshWindows(values);
    const args = new CallArgs();
    for (let i = 0; i < keys.length; i++) args[keys[i]] = values[i];
    const recorder = enter(isComposite);
    const first = sequence();
    let out: Result;
    let node: Node | null = null;
    try {
      if (isComposite) out = run(args);
      else {
        const mode = setGradEnabled(false);
        try {
          out = own(run(args), values, mode);
        } finally {
          setGradEnabled(mode);
        }
        if (mode && rules.length > 0) node = record(args, values, out);
        if (forwardLevel() !== null && rules.length > 0 && hasTangents(values)) pushForward(shapes, args, values, out);
      }
    } catch (error) {
      if (error instanceof EngineError) error.op ??= spec.name;
      throw error;
    } finally {
      leave(recorder);
    }
    if (recorder !== null) {
      const call: Call<OpDef> = {
        op: def,
        args,
        outputs: out instanceof Tensor ? [out] : out,
        first,
        last: sequence(),
      };
      recorder.hear(call, isInner());
    }
    const hooks = savedHooks();
    if (node !== null && hooks !== null) pack(node, hooks);
    return out;
  }

  function note(values: readonly unknown[], out: Tensor): void {
    const args = new CallArgs();
    for (let i = 0; i < keys.length; i++) args[keys[i]] = values[i];
    const first = sequence();
    if (isGradEnabled() && rules.length > 0) record(args, values, out);
    if (forwardLevel() !== null && hasTangents(values)) pushForward(shapes, args, values, out);
    currentRecorder()?.hear({ op: def, args, outputs: [out], first, last: sequence() }, isInner());
  }

  function apply(values: unknown[]): Result {
    for (let i = 0; i < keys.length; i++) if (values[i] === undefined) values[i] = defaults[i];
    return dispatch(values);
  }
  const op = (...positional: unknown[]): Result => apply(positional);
  const def: OpDef = {
    name: spec.name,
    aliases: spec.aliases ?? [],
    category: spec.category,
    head: { in: spec.in, takes: spec.takes, inplace: spec.inplace, numbers: spec.numbers, module: spec.module },
    summary: spec.summary,
    source: spec.source,
    params,
    // Texts that are made from an expression are made when they are asked for.
    get formula() {
      return spec.formula;
    },
    breaks: spec.breaks as OpDef['breaks'],
    curve: spec.curve as CurveForm | undefined,
    get derivative() {
      return spec.derivative;
    },
    derivation: (spec.derivation ?? {}) as Derivation,
    examples: spec.examples.map((e) => (typeof e === 'string' ? (JSON.parse(e) as Example) : e)),
    overwrites: !isComposite && spec.overwrites === true,
    differentiable: diffParams.length > 0,
    constantResults,
    composite: isComposite,
    element: spec.element,
    onnx: spec.onnx,
    apply,
    call: (named) => apply(keys.map((key) => named[key])),
  };
  shape.op = def;
  return Object.assign(op, { def, note });
}
