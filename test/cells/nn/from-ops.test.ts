/** Modules that are made from ops: constructors and printed forms are PyTorch's, and they give what their op gives. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BY_HAND, nnModules } from '../../../src/cells/nn/index.ts';
import type { PyModule, Value } from '../../../src/cells/runtime/values.ts';
import type { OpDef } from '../../../src/ops/define.ts';
import { moduleOf } from '../../../src/ops/pytorch.ts';
import { ops } from '../../../src/ops/registry.ts';
import { argumentsOf } from '../../support/examples.ts';
import { isTheirs, theirs } from '../../support/pytorch.ts';
import { call, elements, seeded, tensorsIn, toPython } from '../torch/python.ts';
import { shown } from '../torch/session.ts';

const byHand = new Set(BY_HAND.map((cls) => cls.name));
const made = ops.flatMap((op): [string, OpDef][] => {
  const name = moduleOf(op)?.name;
  return name === undefined || byHand.has(name) ? [] : [[name, op]];
});

/** What stands for arguments that have no default. */
const GIVEN: Readonly<Record<string, string>> = {
  threshold: '0.5',
  value: '20.0',
  upscale_factor: '2',
  downscale_factor: '3',
  groups: '4',
  output_size: '5',
  kernel_size: '6',
};

describe('modules as PyTorch has them', () => {
  const ours = nnModules().get('torch.nn') as PyModule;
  const printed = [...theirs.nn].flatMap(([name, { prints }]) =>
    prints === undefined || !ours.members.has(name) ? [] : [[name, prints]],
  );

  it.each(printed)('%s prints as it does there', (name, prints) => {
    expect(shown(`nn.${name}()`)).toBe(prints);
  });

  it.each(made.filter(([, op]) => isTheirs(op)))('%s takes what it takes there, in that order', (name, op) => {
    const takes = theirs.nn.get(name)?.takes ?? '';
    const words = takes.split(', ').filter((w) => w !== '');
    const positional = words.slice(0, words.indexOf('*') < 0 ? undefined : words.indexOf('*'));
    const parts = words
      .filter((w) => w !== '*')
      .map((w): [string, string] => {
        const [key, fallback = GIVEN[key]] = w.split('=');
        return [key, fallback];
      });
    const keys = parts.map(([key]) => key).filter((key) => !['size_average', 'reduce'].includes(key));
    const look = `[${keys.map((key) => `m.${key}`).join(', ')}]`;
    const want = `[${keys.map((key) => Object.fromEntries(parts)[key].replace(/^1\/3$/, '0.3333333333333333')).join(', ')}]`;
    const byPlace = positional.map((_, i) => parts[i][1]).join(', ');
    const byName = parts.map(([key, value]) => `${key}=${value}`).join(', ');
    expect([op.name, shown(`m = nn.${name}(${byName})`, look)]).toEqual([op.name, want]);
    if (positional.length === words.length)
      expect([op.name, shown(`m = nn.${name}(${byPlace})`, look)]).toEqual([op.name, want]);
  });
});

describe('a module of an op', () => {
  it.each(made)('%s gives what the op gives', (name, op) => {
    let called = 0;
    for (const example of op.examples) {
      const values = argumentsOf(op, example);
      const names = new Map<string, Value>();
      const inputs: string[] = [];
      const settings: string[] = [];
      let training = 'True';
      op.params.forEach((param, place) => {
        if (isDeepStrictEqual(values[place], param.default) && typeof op.head.module === 'string') {
          if (param.name === 'training') training = 'False';
          return;
        }
        const variable = `a${place}`;
        if (param.name === 'training') return;
        names.set(variable, toPython(param, values[place]));
        if (param.kind === 'tensor' && param.required) inputs.push(variable);
        else settings.push(`${param.name}=${variable}`);
      });
      // The dtype of a softmax is the function's alone.
      if (settings.some((setting) => setting.startsWith('dtype='))) continue;
      const code = `nn.${name}(${settings.join(', ')}).train(${training})(${inputs.join(', ')})`;
      const got = tensorsIn(call(code, names)).map(elements);
      expect([code, got]).toEqual([code, seeded(() => tensorsIn(op.apply([...values])).map(elements))]);
      called++;
    }
    expect(called).toBeGreaterThan(0);
  });

  it('writes over its input where it is told to', () => {
    for (const [name] of made.filter(([, op]) => op.head.inplace === true)) {
      const args = name === 'Threshold' ? '0.5, 20.0, inplace=True' : 'inplace=True';
      expect([name, shown('x = torch.tensor([-2., 3.])', `y = nn.${name}(${args})(x)\ny is x`)]).toEqual([
        name,
        'True',
      ]);
    }
  });
});
