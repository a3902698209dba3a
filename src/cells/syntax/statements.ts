/** Statements: from the parser's tree to ours, with the checks of place that Python's compiler makes. */
import type { SyntaxNode } from '@lezer/common';
import { annotationOf, annotationsOf, argumentsOf, parametersOf } from './arguments.ts';
import type { Alias, BinaryOp, Case, Expr, Handler, Stmt } from './ast.ts';
import { Expressions } from './expressions.ts';
import { casePattern } from './patterns.ts';
import { childrenOf, type Source, split } from './source.ts';
import { asTarget } from './targets.ts';

/** Where a statement stands. */
interface Place {
  readonly inFunction: boolean;
  readonly inLoop: boolean;
}

const TOP: Place = { inFunction: false, inLoop: false };

export class Statements {
  readonly source: Source;
  readonly #expressions: Expressions;
  #place: Place = TOP;

  constructor(source: Source) {
    this.source = source;
    this.#expressions = new Expressions(source);
  }

  block(nodes: readonly SyntaxNode[]): Stmt[] {
    const statements: Stmt[] = [];
    for (const node of nodes) {
      if (node.name === 'StatementGroup') {
        const parts = childrenOf(node);
        const doubled = parts.find((part, i) => part.name === ';' && (i === 0 || parts[i - 1].name === ';'));
        if (doubled !== undefined) throw this.source.at(doubled, 'invalid syntax');
        statements.push(...this.block(parts.filter((child) => child.name !== ';')));
      } else if (node.name !== ':' && node.name !== ';') {
        statements.push(this.source.nested(() => this.#statement(node)));
      }
    }
    return statements;
  }

  #body(node: SyntaxNode, place = this.#place): Stmt[] {
    const outer = this.#place;
    this.#place = place;
    try {
      return this.block(childrenOf(node));
    } finally {
      this.#place = outer;
    }
  }

  #loopBody(node: SyntaxNode): Stmt[] {
    return this.#body(node, { ...this.#place, inLoop: true });
  }

  #statement(node: SyntaxNode): Stmt {
    const { source } = this;
    const expressions = this.#expressions;
    const line = source.lineAt(node.from);
    const children = childrenOf(node);
    switch (node.name) {
      case 'ExpressionStatement': {
        const value = expressions.list(children, node);
        if (value.kind === 'Named' && children[0].name !== 'ParenthesizedExpression')
          throw source.at(node, 'invalid syntax');
        return { kind: 'Expression', value, line };
      }
      case 'PrintStatement':
        if (children.some((child) => child.name !== 'print' && !child.type.isError)) {
          throw source.at(node, "Missing parentheses in call to 'print'. Did you mean print(...)?");
        }
        return { kind: 'Expression', value: { kind: 'Name', id: 'print', line }, line };
      case 'YieldStatement':
        this.#needsFunction(node, "'yield'");
        return { kind: 'Expression', value: expressions.expr(node), line };
      case 'AssignStatement':
        return this.#assign(node, children);
      case 'UpdateStatement': {
        const at = children.findIndex((child) => child.name === 'UpdateOp');
        const target = expressions.list(children.slice(0, at), node);
        if (target.kind !== 'Name' && target.kind !== 'Attribute' && target.kind !== 'Subscript') {
          const word =
            target.kind === 'Tuple'
              ? 'tuple'
              : target.kind === 'List'
                ? 'list'
                : target.kind === 'Call'
                  ? 'function call'
                  : target.kind === 'Constant'
                    ? 'literal'
                    : 'expression';
          throw source.at(children[0], `'${word}' is an illegal expression for augmented assignment`);
        }
        const op = source.slice(children[at]).slice(0, -1) as BinaryOp;
        return { kind: 'Augmented', target, op, value: expressions.list(children.slice(at + 1), node), line };
      }
      case 'DeleteStatement':
        return {
          kind: 'Delete',
          targets: expressions
            .items(children.slice(1), node)
            .items.map((target) => asTarget(target, children[1], source, 'delete')),
          line,
        };
      case 'ReturnStatement':
        this.#needsFunction(node, "'return'");
        return {
          kind: 'Return',
          value: children.length === 1 ? null : expressions.list(children.slice(1), node),
          line,
        };
      case 'RaiseStatement': {
        if (children.some((child) => child.name === ',')) throw source.at(node, 'invalid syntax');
        const from = children.findIndex((child) => child.name === 'from');
        const value = children.length > 1 ? expressions.expr(children[1]) : null;
        return { kind: 'Raise', value, cause: from < 0 ? null : expressions.expr(children[from + 1]), line };
      }
      case 'AssertStatement':
        return {
          kind: 'Assert',
          test: expressions.expr(children[1]),
          message: children.length > 3 ? expressions.expr(children[3]) : null,
          line,
        };
      case 'PassStatement':
        return { kind: 'Pass', line };
      case 'BreakStatement':
        if (!this.#place.inLoop) throw source.at(node, "'break' outside loop");
        return { kind: 'Break', line };
      case 'ContinueStatement':
        if (!this.#place.inLoop) throw source.at(node, "'continue' not properly in loop");
        return { kind: 'Continue', line };
      case 'ScopeStatement': {
        const names = children.filter((child) => child.name === 'VariableName').map((child) => source.slice(child));
        const kind = children[0].name === 'global' ? 'Global' : 'Nonlocal';
        if (kind === 'Nonlocal' && !this.#place.inFunction)
          throw source.at(node, 'nonlocal declaration not allowed at module level');
        return { kind, names, line };
      }
      case 'ImportStatement':
        return this.#import(node, children);
      case 'IfStatement':
        return this.#if(children, line);
      case 'WhileStatement': {
        const [body, otherwise] = children.filter((child) => child.name === 'Body');
        return {
          kind: 'While',
          test: expressions.expr(children[1]),
          body: this.#loopBody(body),
          otherwise: otherwise === undefined ? [] : this.#body(otherwise),
          line,
        };
      }
      case 'ForStatement': {
        if (children[0].name === 'async') throw source.unsupported(node, 'async for');
        const within = children.findIndex((child) => child.name === 'in');
        const start = children.findIndex((child) => child.name === 'Body');
        const otherwise = children[start + 2];
        return {
          kind: 'For',
          target: asTarget(expressions.list(children.slice(1, within), node), children[1], source),
          iterable: expressions.list(children.slice(within + 1, start), node),
          body: this.#loopBody(children[start]),
          otherwise: otherwise === undefined ? [] : this.#body(otherwise),
          line,
        };
      }
      case 'WithStatement':
        return this.#with(node, children);
      case 'TryStatement':
        return this.#try(node, children);
      case 'FunctionDefinition':
        return this.#function(node, children, []);
      case 'ClassDefinition':
        return this.#class(node, children, []);
      case 'DecoratedStatement': {
        const decorators = children
          .filter((child) => child.name === 'Decorator')
          .map((child) => this.#decorator(child));
        const definition = children[children.length - 1];
        const parts = childrenOf(definition);
        if (definition.name === 'FunctionDefinition') return this.#function(definition, parts, decorators);
        if (definition.name === 'ClassDefinition') return this.#class(definition, parts, decorators);
        throw source.at(definition, 'invalid syntax');
      }
      case 'MatchStatement':
        return this.#match(node, children);
      case 'TypeDefinition':
        throw source.at(node, 'invalid syntax');
      default:
        throw source.at(node, 'invalid syntax');
    }
  }

  #needsFunction(node: SyntaxNode, what: string): void {
    if (!this.#place.inFunction) throw this.source.at(node, `${what} outside function`);
  }

  #assign(node: SyntaxNode, children: readonly SyntaxNode[]): Stmt {
    const line = this.source.lineAt(node.from);
    const typed = children.some((child) => child.name === 'TypeDef');
    const sides = split(
      children.filter((child) => child.name !== 'TypeDef'),
      'AssignOp',
    );
    const convert = (side: readonly SyntaxNode[]): Expr => {
      if (side.length === 0) throw this.source.at(node, 'invalid syntax');
      return this.#expressions.list(side, node);
    };
    if (typed) {
      const target = convert(sides[0]);
      if (target.kind === 'Tuple' || target.kind === 'List') {
        throw this.source.at(node, `only single target (not ${target.kind.toLowerCase()}) can be annotated`);
      }
      if (target.kind !== 'Name' && target.kind !== 'Attribute' && target.kind !== 'Subscript')
        throw this.source.at(node, 'illegal target for annotation');
      const annotation = annotationOf(this.#expressions, children.find((child) => child.name === 'TypeDef')!);
      const value = sides.length === 1 ? null : convert(sides[sides.length - 1]);
      return { kind: 'Annotation', target, annotation, value, line };
    }
    const value = convert(sides[sides.length - 1]);
    for (const side of sides.slice(0, -1)) {
      if (side[0]?.name === '*' && !side.some((child) => child.name === ','))
        throw this.source.at(node, 'starred assignment target must be in a list or tuple');
    }
    const targets = sides.slice(0, -1).map((side) => asTarget(convert(side), side[0], this.source, 'assign to', true));
    if ((value.kind === 'Yield' || value.kind === 'YieldFrom') && !this.#place.inFunction)
      throw this.source.at(node, "'yield' outside function");
    return { kind: 'Assign', targets, value, line };
  }

  #import(node: SyntaxNode, children: readonly SyntaxNode[]): Stmt {
    const line = this.source.lineAt(node.from);
    const dotted = (nodes: readonly SyntaxNode[]): string => nodes.map((part) => this.source.slice(part)).join('');
    const alias = (part: readonly SyntaxNode[]): Alias => {
      if (part.length === 0) throw this.source.at(node, 'invalid syntax');
      const as = part.findIndex((child) => child.name === 'as');
      return as < 0
        ? { name: dotted(part), as: null }
        : { name: dotted(part.slice(0, as)), as: this.#expressions.name(part[as + 1]) };
    };
    if (children[0].name === 'import') return { kind: 'Import', names: split(children.slice(1), ',').map(alias), line };
    const at = children.findIndex((child) => child.name === 'import');
    const module = dotted(children.slice(1, at));
    const rest = children.slice(at + 1).filter((child) => child.name !== '(' && child.name !== ')');
    if (rest[0]?.name === '*') return { kind: 'ImportFrom', module, names: '*', line };
    const parts = split(rest, ',');
    if (parts[parts.length - 1].length === 0) {
      if (children[at + 1].name !== '(')
        throw this.source.at(node, 'trailing comma not allowed without surrounding parentheses');
      parts.pop();
    }
    return { kind: 'ImportFrom', module, names: parts.map(alias), line };
  }

  #if(children: readonly SyntaxNode[], line: number): Stmt {
    const branches: { test: Expr; body: Stmt[]; line: number }[] = [];
    let otherwise: readonly Stmt[] = [];
    for (let i = 0; i < children.length; ) {
      if (children[i].name === 'else') {
        otherwise = this.#body(children[i + 1]);
        i += 2;
      } else {
        const [test, body] = [children[i + 1], children[i + 2]];
        branches.push({
          test: this.#expressions.expr(test),
          body: this.#body(body),
          line: this.source.lineAt(children[i].from),
        });
        i += 3;
      }
    }
    for (let i = branches.length - 1; i > 0; i--) otherwise = [{ kind: 'If', ...branches[i], otherwise }];
    return { kind: 'If', test: branches[0].test, body: branches[0].body, otherwise, line };
  }

  #match(node: SyntaxNode, children: readonly SyntaxNode[]): Stmt {
    const at = children.findIndex((child) => child.name === 'MatchBody');
    const cases = childrenOf(children[at])
      .filter((child) => child.name === 'MatchClause')
      .map((clause): Case => {
        const parts = childrenOf(clause);
        const guard = parts.find((part) => part.name === 'Guard');
        const end = parts.findIndex((part) => part.name === 'Guard' || part.name === 'Body');
        return {
          pattern: casePattern(this.#expressions, parts.slice(1, end), clause),
          guard: guard === undefined ? null : this.#expressions.expr(childrenOf(guard)[1]),
          body: this.#body(parts[parts.length - 1]),
          line: this.source.lineAt(clause.from),
        };
      });
    const subject = this.#expressions.list(children.slice(1, at), node);
    return { kind: 'Match', subject, cases, line: this.source.lineAt(node.from) };
  }

  #with(node: SyntaxNode, children: readonly SyntaxNode[]): Stmt {
    if (children[0].name === 'async') throw this.source.unsupported(node, 'async with');
    const end = children.length - 1;
    const items = split(children.slice(1, end), ',').map((part): [Expr, Expr | null] => {
      if (part.length === 0) throw this.source.at(node, 'invalid syntax');
      const context = this.#expressions.expr(part[0]);
      return [context, part.length > 2 ? asTarget(this.#expressions.expr(part[2]), part[2], this.source) : null];
    });
    return { kind: 'With', items, body: this.#body(children[end]), line: this.source.lineAt(node.from) };
  }

  #try(node: SyntaxNode, children: readonly SyntaxNode[]): Stmt {
    let otherwise: Stmt[] = [];
    let final: Stmt[] = [];
    let finals = false;
    const handlers: Handler[] = [];
    const body = this.#body(children[1]);
    for (let i = 2; i < children.length; ) {
      const head = children[i];
      let end = i + 1;
      while (children[end].name !== 'Body') end++;
      const block = children[end];
      if (head.name === 'except') {
        const parts = children.slice(i + 1, end);
        if (parts[0]?.name === '*') throw this.source.unsupported(head, "'except*'");
        if (handlers.at(-1)?.type === null) throw this.source.at(head, "default 'except:' must be last");
        const as = parts.findIndex((child) => child.name === 'as');
        if (parts.some((child) => child.name === ','))
          throw this.source.at(head, 'multiple exception types must be parenthesized');
        handlers.push({
          type: parts.length === 0 ? null : this.#expressions.expr(parts[0]),
          name: as < 0 ? null : this.#expressions.name(parts[as + 1]),
          body: this.#body(block),
          line: this.source.lineAt(head.from),
        });
      } else if (head.name === 'else') otherwise = this.#body(block);
      else {
        final = this.#body(block);
        finals = true;
      }
      i = end + 1;
    }
    if (handlers.length === 0 && !finals) throw this.source.at(node, "expected 'except' or 'finally' block");
    return { kind: 'Try', body, handlers, otherwise, final, line: this.source.lineAt(node.from) };
  }

  #function(node: SyntaxNode, children: readonly SyntaxNode[], decorators: readonly Expr[]): Stmt {
    if (children[0].name === 'async') throw this.source.unsupported(node.firstChild ?? node, 'async def');
    const params = children.find((child) => child.name === 'ParamList')!;
    if (children.some((child) => child.name === 'TypeParamList'))
      throw this.source.unsupported(node, 'a type parameter');
    return {
      kind: 'Function',
      name: this.#expressions.name(children[1]),
      params: parametersOf(this.#expressions, params),
      annotations: [
        ...annotationsOf(this.#expressions, params),
        ...children
          .filter((child) => child.name === 'TypeDef')
          .map((child) => ['return', annotationOf(this.#expressions, child)] as const),
      ],
      body: this.#body(children[children.length - 1], { inFunction: true, inLoop: false }),
      decorators,
      line: this.source.lineAt(node.from),
    };
  }

  #class(node: SyntaxNode, children: readonly SyntaxNode[], decorators: readonly Expr[]): Stmt {
    const args = children.find((child) => child.name === 'ArgList');
    return {
      kind: 'Class',
      name: this.#expressions.name(children[1]),
      args: args === undefined ? [] : argumentsOf(this.#expressions, args),
      body: this.#body(children[children.length - 1], TOP),
      decorators,
      line: this.source.lineAt(node.from),
    };
  }

  /** `@a.b.c(…)`: the grammar lists the names and the arguments side by side. */
  #decorator(node: SyntaxNode): Expr {
    const [, ...parts] = childrenOf(node);
    let expr: Expr | undefined;
    for (const part of parts) {
      const line = this.source.lineAt(part.from);
      if (part.name === '.') continue;
      if (part.name === 'ArgList')
        expr = { kind: 'Call', callee: expr!, args: argumentsOf(this.#expressions, part), line };
      else if (part.name === 'VariableName' && expr !== undefined)
        expr = { kind: 'Attribute', value: expr, name: this.#expressions.name(part), line };
      else expr = this.#expressions.expr(part);
    }
    return expr!;
  }
}
