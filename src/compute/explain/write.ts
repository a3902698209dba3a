/** Writes a derivation as the answer's document, `gradwire/explain@1`. */
import type { AnswerWriter } from '../../answer/answer.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Explanation, Told } from './explain.ts';
import type { Spot } from './record.ts';
import { wholeLatex, wholeText } from './tell.ts';

const FORMAT = 'gradwire/explain@1';

class ExplanationWriter {
  private readonly writer: AnswerWriter;

  constructor(writer: AnswerWriter) {
    this.writer = writer;
  }

  private tensor(t: Tensor): void {
    this.writer.document.key('tensor');
    this.writer.tensor(t);
  }

  private latex(rule: string, numbers: string): void {
    this.writer.document.key('latex').map().key('rule').string(rule).key('numbers').string(numbers).end();
  }

  private strings(key: string, list: readonly string[]): void {
    const { document } = this.writer;
    document.key(key).list();
    for (const item of list) document.string(item);
    document.end();
  }

  private upstream(from: readonly Spot[], upstream: readonly Tensor[]): void {
    const { document } = this.writer;
    const source = (spot: Spot, t: Tensor): void => {
      // What is a sum has no step of its own.
      if (spot.terms.length > 1) document.key('step').null().key('sum').string(spot.name);
      else document.key('step').number(spot.terms[0].id);
      this.tensor(t);
    };
    document.key('upstream').map();
    source(from[0], upstream[0]);
    if (from.length > 1) {
      document.key('others').list();
      for (let i = 1; i < from.length; i++) {
        document.map().key('value').string(from[i].name);
        source(from[i], upstream[i]);
        document.end();
      }
      document.end();
    }
    document.end();
  }

  step({ step, telling }: Told): void {
    const { document } = this.writer;
    const { from, to, upstream, result } = step;
    document.map().key('id').number(step.id).key('kind').string(step.kind);
    const nullable = (key: string, value: string | number | undefined): void => {
      document.key(key);
      if (value === undefined) document.null();
      else if (typeof value === 'string') document.string(value);
      else document.number(value);
    };
    nullable('node', step.place);
    nullable('from', from[0]?.name);
    nullable('to', step.kind === 'accumulate' ? `${to?.name}.grad` : to?.name);
    if (from.length > 0 && upstream !== null) this.upstream(from, upstream);
    else if (step.kind === 'accumulate' && to !== null && upstream !== null) this.upstream([to], upstream);
    else document.key('upstream').null();
    if (telling.local === undefined) document.key('local').null();
    else {
      const { form, latex, reads, tensor } = telling.local;
      document.key('local').map().key('form').string(form).key('latex').string(latex);
      this.strings('reads', reads);
      if (tensor !== undefined) this.tensor(tensor);
      document.end();
    }
    document.key('result').map();
    this.tensor(result as Tensor);
    document.key('reduced_axes').list();
    for (const axis of telling.reducedAxes) document.number(axis);
    document.end().end();
    if (telling.kink !== undefined) document.key('at').value(telling.kink.at);
    this.latex(telling.rule, telling.numbers);
    document.key('text').string(telling.text).end();
  }

  write(e: Explanation): void {
    const { document } = this.writer;
    document.key('format').string(FORMAT).key('of').string(e.of);
    this.strings('wrt', e.wrt);
    document.key('result');
    this.writer.tensors(e.result);
    if (e.element !== undefined) {
      document.key('element').map().key('index').value(e.element.index).key('value').number(e.element.value).end();
    }
    document.key('forward').list();
    for (const { node, value, rule, numbers, text } of e.forward) {
      document.map().key('node').number(node).key('value').string(value);
      this.latex(rule, numbers);
      document.key('text').string(text).end();
    }
    document.end().key('steps').list();
    for (const told of e.steps) this.step(told);
    document.end().key('sums').list();
    for (const { spot, sum } of e.sums) {
      document.map().key('value').string(spot.name).key('terms').list();
      for (const { id } of spot.terms) document.number(id);
      document.end();
      this.tensor(sum);
      document.end();
    }
    document.end();
    if (e.closed.size > 0) {
      document.key('closed').map();
      for (const [name, { latex, numbers }] of e.closed)
        document.key(name).map().key('latex').string(latex).key('numbers').string(numbers).end();
      document.end();
    }
    if (e.check !== undefined) {
      const { method, maxAbsError } = e.check;
      document.key('check').map().key('method').string(method).key('max_abs_error').number(maxAbsError).end();
    }
    document.key('latex').string(wholeLatex(e)).key('text').string(wholeText(e));
    document.key('omitted').map().key('steps').number(e.omitted).end();
  }
}

/** The members of the answer that tell the derivation. */
export const writeExplanation = (writer: AnswerWriter, explanation: Explanation): void =>
  new ExplanationWriter(writer).write(explanation);
