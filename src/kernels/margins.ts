/** Losses that ask for a margin between the scores of classes. */
import { indexOutOfRange } from '../tensor/errors.ts';
import { bigintsOf, dataOf, empty, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

/** `out[n] = body(offset of the n-th example's scores)`. */
function eachFrame(
  out: Tensor,
  input: Tensor,
  classes: number,
  body: (x: Float64Array, start: number, n: number) => number,
): Tensor {
  const src = contiguous(input);
  return launch(out, () => {
    const x = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    for (let n = 0; n < out.numel; n++) {
      pulse(classes);
      to[n] = body(x, src.offset + n * classes, n) / classes;
    }
  });
}

/** What the target class's score lacks to being a margin larger than each other, summed, for each example. */
export function marginLosses(
  out: Tensor,
  input: Tensor,
  target: Tensor,
  classes: number,
  p: number,
  margin: number,
  weight: Tensor | undefined,
): Tensor {
  const labels = contiguous(target);
  const weights = weight === undefined ? undefined : contiguous(weight);
  return eachFrame(out, input, classes, (x, start, n) => {
    const label = Number(bigintsOf(labels)[labels.offset + n]);
    if (label < 0 || label >= classes)
      throw indexOutOfRange(
        `multi_margin_loss: target ${label} is out of range: there are ${classes} classes, numbered from 0`,
      );
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const short = margin - x[start + label] + x[start + c];
      if (c !== label && !(short <= 0)) total += p === 1 ? short : short * short;
    }
    return weights === undefined ? total : total * (dataOf(weights) as Float64Array)[weights.offset + label];
  });
}

/** The margins of several target classes, which a -1 ends, against all others. */
export function multilabelMargins(out: Tensor, input: Tensor, target: Tensor, classes: number): Tensor {
  const labels = contiguous(target);
  const [list, marks] = [empty([classes], 'int32'), empty([classes], 'bool')];
  return eachFrame(out, input, classes, (x, start, n) => {
    const [named, among] = [numbersOf(list), numbersOf(marks).fill(0)];
    let count = 0;
    let ended = false;
    for (let c = 0; c < classes; c++) {
      const label = Number(bigintsOf(labels)[labels.offset + n * classes + c]);
      if (label < -1 || label >= classes)
        throw indexOutOfRange(
          `multilabel_margin_loss: target ${label} is out of range: there are ${classes} classes, numbered from 0, and -1 ends the list`,
        );
      ended ||= label === -1;
      if (ended) continue;
      named[count++] = label;
      among[label] = 1;
    }
    let total = 0;
    for (let k = 0; k < count; k++) {
      pulse(classes);
      for (let i = 0; i < classes; i++) {
        if (among[i] === 1) continue;
        const short = 1 - x[start + named[k]] + x[start + i];
        if (!(short <= 0)) total += short;
      }
    }
    return total;
  });
}
