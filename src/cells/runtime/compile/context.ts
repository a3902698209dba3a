/** Where names live, worked out before a cell runs. */
import type { Expr, Stmt } from '../../syntax/ast.ts';
import { PyError } from '../errors.ts';
import { type Code, NEXT, type Step } from '../frame.ts';
import type { Runtime } from '../runtime.ts';
import type { Value } from '../values.ts';

export type Place =
  | { readonly kind: 'global' }
  | { readonly kind: 'local'; readonly slot: number }
  /** In the frame of an enclosing function, so many parents up. */
  | { readonly kind: 'free'; readonly hops: number; readonly slot: number }
  /** In the names of a class body, or else where they would be found outside of it. */
  | { readonly kind: 'class'; readonly outside: Place };

export type ScopeKind = 'module' | 'function' | 'comprehension' | 'class';

const GLOBAL: Place = { kind: 'global' };

export class Scope {
  readonly kind: ScopeKind;
  readonly parent: Scope | null;
  readonly qualname: string;
  readonly slots = new Map<string, number>();
  readonly globals = new Set<string>();
  readonly nonlocals = new Set<string>();

  constructor(kind: ScopeKind, parent: Scope | null, qualname = '') {
    this.kind = kind;
    this.parent = parent;
    this.qualname = qualname;
  }

  declare(name: string): number {
    let slot = this.slots.get(name);
    if (slot === undefined) {
      slot = this.slots.size;
      this.slots.set(name, slot);
    }
    return slot;
  }

  #holds(name: string): number | undefined {
    return this.nonlocals.has(name) ? undefined : this.slots.get(name);
  }

  find(name: string): Place {
    if (this.kind === 'module' || this.globals.has(name)) return GLOBAL;
    if (this.kind === 'class')
      return this.nonlocals.has(name) ? this.#outside(name) : { kind: 'class', outside: this.#outside(name) };
    const slot = this.#holds(name);
    return slot === undefined ? this.#outside(name) : { kind: 'local', slot };
  }

  #outside(name: string): Place {
    let hops = 0;
    for (let scope = this.parent; scope !== null; scope = scope.parent) {
      if (scope.kind === 'class') continue;
      if (scope.kind === 'module' || scope.globals.has(name)) return GLOBAL;
      hops++;
      const slot = scope.#holds(name);
      if (slot !== undefined) return { kind: 'free', hops, slot };
    }
    return GLOBAL;
  }

  /** The scope that `:=` within a comprehension binds in. */
  get binding(): Scope {
    return this.kind === 'comprehension' ? this.parent!.binding : this;
  }
}

/** What makes code of a node; given to the context, since the parts of it need one another. */
export interface Makers {
  expression(context: Context, node: Expr): Code;
  statement(context: Context, node: Stmt): Step;
}

/** A cell, or a module that is written in the language. */
export interface Home {
  readonly module: string | null;
  readonly globals: Map<string, Value>;
}

const MAX_DEPTH = 600;

/** One function, class body or cell that is being made ready. */
export class Context {
  readonly runtime: Runtime;
  readonly scope: Scope;
  readonly makers: Makers;
  /** How deep the deepest expression or block goes: what a call of it takes of the stack. */
  weight: number;
  /** Expressions and statements made ready so far, those of functions within among them. */
  size = 0;
  /** The module whose text it is; null of a cell. */
  readonly module: string | null;
  /** Where its names live that no function has. */
  readonly globals: Map<string, Value>;
  #depth: number;

  constructor(
    runtime: Runtime,
    scope: Scope,
    makers: Makers,
    depth = 0,
    home: Home = { module: null, globals: runtime.globals },
  ) {
    this.runtime = runtime;
    this.scope = scope;
    this.makers = makers;
    this.#depth = depth;
    this.module = home.module;
    this.globals = home.globals;
    this.weight = depth;
  }

  /** The body of a function or a class: a call of its own. */
  inner(scope: Scope): Context {
    return new Context(this.runtime, scope, this.makers, 0, this);
  }

  /** A comprehension: a scope of its own in the call of the function around it. */
  within(scope: Scope): Context {
    return new Context(this.runtime, scope, this.makers, this.#depth, this);
  }

  absorb(inner: Context): void {
    if (inner.weight > this.weight) this.weight = inner.weight;
    this.size += inner.size;
  }

  deeper<T>(make: () => T): T {
    this.#depth++;
    if (this.#depth > this.weight) this.weight = this.#depth;
    if (this.#depth > MAX_DEPTH)
      throw new PyError('RecursionError', 'maximum recursion depth exceeded during compilation');
    try {
      return make();
    } finally {
      this.#depth--;
    }
  }

  expression(node: Expr): Code {
    this.size++;
    return this.deeper(() => this.makers.expression(this, node));
  }

  /** A statement that notes its line and counts as a step. */
  step(node: Stmt): Step {
    this.size++;
    const { runtime } = this;
    const { budget } = runtime;
    const { line } = node;
    const run = this.deeper(() => this.makers.statement(this, node));
    return (frame) => {
      runtime.line = line;
      budget.step();
      return run(frame);
    };
  }

  block(statements: readonly Stmt[]): Step {
    const steps = this.deeper(() => statements.map((statement) => this.step(statement)));
    if (steps.length === 1) return steps[0];
    return (frame) => {
      for (let i = 0; i < steps.length; i++) {
        const signal = steps[i](frame);
        if (signal !== NEXT) return signal;
      }
      return NEXT;
    };
  }
}
