/** Answers of runs. */
import { type AnswerOptions, AnswerWriter } from '../answer/answer.ts';
import { handOff, INLINE, type Run } from './scope.ts';

const INLINE_BOUNDS = { written: INLINE.written, pieces: INLINE.pieces, over: handOff };

/** The answer of a run looks at its clock; one that is written inline is handed off where it grows long. */
export const answerOf = (options: AnswerOptions, { clock, inline }: Run): AnswerWriter =>
  new AnswerWriter(options, clock.check, inline ? INLINE_BOUNDS : undefined);
