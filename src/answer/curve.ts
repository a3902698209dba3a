/** What the routes of curves answer. */
import type { DocumentWriter } from '../codec/document-writer.ts';
import type { DocumentType } from '../codec/read-body.ts';
import { documentWriter } from '../codec/write-document.ts';
import type { BreakKind } from '../ops/curve.ts';

/** Samples between two breaks, from left to right. The first and the last are one-sided limits. */
export interface Piece {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly dy: readonly number[];
}

export interface Point {
  readonly y: number;
  readonly dy: number;
}

export interface CurveBreak {
  readonly x: number;
  readonly kind: BreakKind;
  /** Of several series, the one that breaks. */
  readonly series?: string;
  /** One-sided limits; null where the function has no values on that side. */
  readonly left: Point | null;
  readonly right: Point | null;
  /** At the very place; null where there is none. */
  readonly value: Point | null;
}

export interface Series {
  readonly name: string;
  readonly pieces: readonly Piece[];
}

export interface Curve {
  readonly op: string;
  /** By PyTorch's names, defaults included. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly from: number;
  readonly to: number;
  /** LaTeX. */
  readonly formula: string;
  readonly derivative?: string;
  readonly series: readonly Series[];
  readonly breaks: readonly CurveBreak[];
}

function numbers(writer: DocumentWriter, list: readonly number[]): void {
  writer.list();
  for (let i = 0; i < list.length; i++) writer.number(list[i]);
  writer.end();
}

function point(writer: DocumentWriter, at: Point | null): void {
  if (at === null) writer.null();
  else writer.map().key('y').number(at.y).key('dy').number(at.dy).end();
}

/** The curve as JSON or CBOR; what is not finite is written as it is in tensors. */
export function curveDocument(curve: Curve, type: DocumentType): string | Buffer {
  const writer = documentWriter(type);
  writer.map().key('op').string(curve.op);
  writer.key('parameters').value(curve.parameters);
  writer.key('from').number(curve.from).key('to').number(curve.to);
  writer.key('formula').string(curve.formula);
  if (curve.derivative !== undefined) writer.key('derivative').string(curve.derivative);
  writer.key('series').list();
  for (const { name, pieces } of curve.series) {
    writer.map().key('name').string(name).key('pieces').list();
    for (const { x, y, dy } of pieces) {
      writer.map();
      numbers(writer.key('x'), x);
      numbers(writer.key('y'), y);
      numbers(writer.key('dy'), dy);
      writer.end();
    }
    writer.end().end();
  }
  writer.end().key('breaks').list();
  for (const { x, kind, series, left, right, value } of curve.breaks) {
    writer.map().key('x').number(x).key('kind').string(kind);
    if (series !== undefined) writer.key('series').string(series);
    point(writer.key('left'), left);
    point(writer.key('right'), right);
    point(writer.key('value'), value);
    writer.end();
  }
  return writer.end().end().finish();
}
