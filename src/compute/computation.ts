/**
 * The order of events of every computation, whoever asks for it: run, differentiate, materialize what is
 * read, answer. A route of one op, a graph, code and a cell are front ends: each says how its forward part
 * is carried out, what of it is to be differentiated, and how its answer reads.
 */

import {
  type Absent,
  type Answer,
  type AnswerOptions,
  AnswerWriter,
  type UserWarning,
  type Warning,
} from '../answer/answer.ts';
import { withRecorder } from '../autograd/recorder.ts';
import type { Document } from '../graph/document.ts';
import type { Program } from '../graph/program.ts';
import { withPulse } from '../kernels/pulse.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type WarningSink, withWarnings } from '../tensor/warnings.ts';
import { outputAnomaly } from './anomaly.ts';
import { differentiate, type GradientRequest } from './gradients.ts';
import type { Scope } from './scope.ts';

export type Gradients = Map<string, Tensor | Absent>;

/** What there is when the forward part has been carried out. */
export interface Forward {
  readonly document: Document;
  /** What the answer shows of it. */
  readonly results: Iterable<unknown>;
  /** Tensors that came in. */
  readonly inputs: readonly Tensor[];
  /** What is to be differentiated; it is asked for where the forward part ends. */
  readonly gradient?: () => GradientRequest;
  /** What is carried out in place of a backward pass, or after it; it may add to the gradients. */
  readonly afterwards?: (gradients: Gradients) => void;
  /** What was warned of by who has ears of its own. */
  readonly warned?: readonly UserWarning[];
  /** Whether the answer is written though time is up: that ended what is answered. */
  readonly untimed?: boolean;
  readonly write: (writer: AnswerWriter, gradients: Gradients, warnings: readonly Warning[]) => void;
}

/** Computes what of these results was put off, so that it counts as computing, not as writing. */
function materialize(results: Iterable<unknown>): void {
  for (const result of results) if (result instanceof Tensor && !result.storage.meta) void result.storage.data;
}

/**
 * Carries out a computation within its scope. What lives on, a workspace keeps after this.
 *
 * @throws JsonError, EngineError, TimeLimit
 */
export function compute(scope: Scope, options: AnswerOptions, program: Program, run: () => Forward): Answer {
  const heard = new Heard();
  return withWarnings(heard.sink, () => {
    const forward = withRecorder(program, run);
    return forward.untimed
      ? withPulse(
          () => {},
          () => answer(scope, options, forward, heard),
        )
      : answer(scope, options, forward, heard);
  });
}

/** Of one computation. */
const MOST_WARNINGS = 100;

/** What PyTorch would warn of, each once. */
class Heard {
  readonly warnings: Warning[] = [];
  readonly sink: WarningSink = (category, message) => {
    const { warnings } = this;
    if (warnings.length >= MOST_WARNINGS || warnings.some((known) => known.message === message)) return;
    warnings.push({ message, category });
  };
}

function answer({ timing, clock }: Scope, options: AnswerOptions, forward: Forward, { warnings, sink }: Heard): Answer {
  const { document, results, inputs } = forward;
  for (const { message, category } of forward.warned ?? []) sink(category, message);
  if (options.anomaly) {
    const warning = outputAnomaly(document);
    if (warning !== undefined) warnings.push(warning);
  }
  if (forward.gradient === undefined && forward.afterwards === undefined) materialize(results);
  timing.lap('forward');
  let gradients: Gradients = new Map();
  if (forward.gradient !== undefined) {
    const found = differentiate(document, forward.gradient(), {
      recordBackward: options.graphScope === 'both',
      anomaly: options.anomaly,
      tick: clock.tick,
    });
    gradients = found.grads;
    if (found.warning !== undefined) warnings.push(found.warning);
  }
  forward.afterwards?.(gradients);
  materialize(results);
  materialize(gradients.values());
  if (options.graphScope !== 'none') withRecorder(null, () => document.program.traceRules(document.nodes));
  timing.lap('backward');
  const writer = new AnswerWriter(options, forward.untimed ? () => {} : clock.check);
  forward.write(writer, gradients, warnings);
  const written = writer.finish(inputs);
  timing.lap('write');
  return written;
}
