/** Our own tree of a cell: only what the language of cells has, each node with the line it stands on. */

export interface Position {
  readonly line: number;
}

export type BinaryOp = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '@' | '&' | '|' | '^' | '<<' | '>>';
export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'is' | 'is not' | 'in' | 'not in';

export type Expr = Position &
  (
    | { readonly kind: 'Constant'; readonly value: null | boolean | bigint | number | string }
    | { readonly kind: 'Ellipsis' }
    /** Each character is a byte. */
    | { readonly kind: 'Bytes'; readonly value: string }
    /** `2j` */
    | { readonly kind: 'Imaginary'; readonly value: number }
    | { readonly kind: 'Name'; readonly id: string }
    | { readonly kind: 'Attribute'; readonly value: Expr; readonly name: string }
    | { readonly kind: 'Subscript'; readonly value: Expr; readonly index: Expr }
    | { readonly kind: 'Slice'; readonly start: Expr | null; readonly stop: Expr | null; readonly step: Expr | null }
    | { readonly kind: 'Call'; readonly callee: Expr; readonly args: readonly Argument[] }
    | { readonly kind: 'Unary'; readonly op: '-' | '+' | '~' | 'not'; readonly operand: Expr }
    | {
        readonly kind: 'Binary';
        readonly first: Expr;
        readonly rest: readonly (readonly [op: BinaryOp, operand: Expr])[];
      }
    | { readonly kind: 'Bool'; readonly op: 'and' | 'or'; readonly operands: readonly Expr[] }
    | {
        readonly kind: 'Compare';
        readonly first: Expr;
        readonly rest: readonly (readonly [op: CompareOp, operand: Expr])[];
      }
    | { readonly kind: 'Conditional'; readonly test: Expr; readonly body: Expr; readonly otherwise: Expr }
    | { readonly kind: 'Lambda'; readonly params: Parameters; readonly body: Expr }
    | { readonly kind: 'Tuple' | 'List' | 'Set'; readonly items: readonly Expr[] }
    | { readonly kind: 'Star'; readonly value: Expr }
    | { readonly kind: 'Dict'; readonly items: readonly (readonly [key: Expr | null, value: Expr])[] }
    | {
        readonly kind: 'Comprehension';
        readonly form: ComprehensionForm;
        readonly element: Expr;
        readonly value: Expr | null;
        readonly clauses: readonly Clause[];
      }
    | { readonly kind: 'Joined'; readonly parts: readonly JoinedPart[] }
    | { readonly kind: 'Named'; readonly target: string; readonly value: Expr }
    | { readonly kind: 'Yield'; readonly value: Expr | null }
    | { readonly kind: 'YieldFrom'; readonly value: Expr }
  );

export type ExprOf<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

export type ComprehensionForm = 'list' | 'set' | 'dict' | 'generator';

/** `for target in iterable`, with the `if`s that follow it. */
export interface Clause {
  readonly target: Expr;
  readonly iterable: Expr;
  readonly conditions: readonly Expr[];
}

export type JoinedPart = string | Replacement;

/** `{value!conversion:spec}` of an f-string. */
export interface Replacement {
  readonly value: Expr;
  readonly conversion: 'r' | 's' | 'a' | null;
  readonly spec: readonly JoinedPart[] | null;
}

export type Argument =
  | { readonly kind: 'positional' | 'star' | 'starstar'; readonly value: Expr }
  | { readonly kind: 'keyword'; readonly name: string; readonly value: Expr };

export interface Parameter {
  readonly name: string;
  readonly fallback: Expr | null;
}

export interface Parameters {
  readonly positional: readonly Parameter[];
  /** How many of `positional` stand before a `/`. */
  readonly positionalOnly: number;
  readonly star: string | null;
  readonly keywordOnly: readonly Parameter[];
  readonly starstar: string | null;
}

/** `case pattern if guard: …` */
export interface Case extends Position {
  readonly pattern: Pattern;
  readonly guard: Expr | null;
  readonly body: readonly Stmt[];
}

export type Pattern =
  | { readonly kind: 'PatternValue'; readonly value: Expr }
  /** A name, or `pattern as name`; null is `_`. */
  | { readonly kind: 'PatternCapture'; readonly name: string | null; readonly pattern: Pattern | null }
  | { readonly kind: 'PatternOr'; readonly options: readonly Pattern[] }
  | { readonly kind: 'PatternStar'; readonly name: string | null }
  | { readonly kind: 'PatternSequence'; readonly items: readonly Pattern[] }
  | {
      readonly kind: 'PatternMapping';
      readonly items: readonly (readonly [key: Expr, pattern: Pattern])[];
      readonly rest: string | null;
    }
  | {
      readonly kind: 'PatternClass';
      readonly cls: Expr;
      readonly positional: readonly Pattern[];
      readonly keywords: readonly (readonly [name: string, pattern: Pattern])[];
    };

export interface Handler extends Position {
  readonly type: Expr | null;
  readonly name: string | null;
  readonly body: readonly Stmt[];
}

export interface Alias {
  readonly name: string;
  readonly as: string | null;
}

export type Stmt = Position &
  /** `quiet`: a semicolon ends the cell, so that its value is not shown. */
  (
    | { readonly kind: 'Expression'; readonly value: Expr; readonly quiet?: boolean }
    | { readonly kind: 'Assign'; readonly targets: readonly Expr[]; readonly value: Expr }
    | { readonly kind: 'Augmented'; readonly target: Expr; readonly op: BinaryOp; readonly value: Expr }
    /** `x: int`, with a value or without. */
    | {
        readonly kind: 'Annotation';
        readonly target: Expr;
        readonly annotation: Expr;
        readonly value: Expr | null;
      }
    | { readonly kind: 'Match'; readonly subject: Expr; readonly cases: readonly Case[] }
    | { readonly kind: 'Delete'; readonly targets: readonly Expr[] }
    | { readonly kind: 'Return'; readonly value: Expr | null }
    | { readonly kind: 'Raise'; readonly value: Expr | null; readonly cause: Expr | null }
    | { readonly kind: 'Assert'; readonly test: Expr; readonly message: Expr | null }
    | { readonly kind: 'Pass' | 'Break' | 'Continue' }
    | { readonly kind: 'Global' | 'Nonlocal'; readonly names: readonly string[] }
    | { readonly kind: 'Import'; readonly names: readonly Alias[] }
    | { readonly kind: 'ImportFrom'; readonly module: string; readonly names: readonly Alias[] | '*' }
    | { readonly kind: 'If'; readonly test: Expr; readonly body: readonly Stmt[]; readonly otherwise: readonly Stmt[] }
    | {
        readonly kind: 'While';
        readonly test: Expr;
        readonly body: readonly Stmt[];
        readonly otherwise: readonly Stmt[];
      }
    | {
        readonly kind: 'For';
        readonly target: Expr;
        readonly iterable: Expr;
        readonly body: readonly Stmt[];
        readonly otherwise: readonly Stmt[];
      }
    | {
        readonly kind: 'With';
        readonly items: readonly (readonly [context: Expr, target: Expr | null])[];
        readonly body: readonly Stmt[];
      }
    | {
        readonly kind: 'Try';
        readonly body: readonly Stmt[];
        readonly handlers: readonly Handler[];
        readonly otherwise: readonly Stmt[];
        readonly final: readonly Stmt[];
      }
    | {
        readonly kind: 'Function';
        readonly name: string;
        readonly params: Parameters;
        /** Of parameters, and of what is returned under `return`. */
        readonly annotations: readonly (readonly [name: string, annotation: Expr])[];
        readonly body: readonly Stmt[];
        readonly decorators: readonly Expr[];
      }
    | {
        readonly kind: 'Class';
        readonly name: string;
        readonly args: readonly Argument[];
        readonly body: readonly Stmt[];
        readonly decorators: readonly Expr[];
      }
  );

export type StmtOf<K extends Stmt['kind']> = Extract<Stmt, { kind: K }>;
