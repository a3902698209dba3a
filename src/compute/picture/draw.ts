/** A graph document as a picture. */
import type { Answer } from '../../answer/answer.ts';
import { PictureTooLarge, type Theme } from '../../draw/graph/model.ts';
import { drawGraph, PICTURE_FORMATS, type PictureFormatName } from '../../draw/graph/picture.ts';
import { EngineError } from '../../tensor/errors.ts';
import type { Clock } from '../clock.ts';
import { type GraphSubject, type PictureScope, pictureOf } from './graph.ts';

export { PICTURE_FORMATS, type PictureFormatName };

export interface PictureOptions {
  readonly scope: PictureScope;
  readonly theme: Theme;
  /** Whether repeats and chains are folded where there are many nodes. */
  readonly collapse: boolean;
  /** Whether small values and gradients are shown. */
  readonly values: boolean;
}

/** A file, and what it is. */
export interface Rendered extends Answer {
  readonly mediaType: string;
}

/** @throws EngineError `invalid_graph`, and `budget` for a picture that nobody could open; JsonError; TimeLimit */
export function drawDocument(
  subject: GraphSubject,
  format: PictureFormatName,
  { scope, theme, collapse, values }: PictureOptions,
  { tick, check }: Clock,
): Rendered {
  const graph = pictureOf(subject, scope, values, tick);
  check();
  try {
    const body = drawGraph(graph, format, { theme, collapse, tick });
    return { body, elements: 0, mediaType: PICTURE_FORMATS[format].mediaType };
  } catch (error) {
    if (error instanceof PictureTooLarge) throw new EngineError('budget', error.message);
    throw error;
  }
}
