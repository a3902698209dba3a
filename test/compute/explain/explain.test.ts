import { describe, expect, it } from 'vitest';
import { derived, latexOf, render } from './explaining.ts';

const LINE = { inputs: { x: [1], w: [2], b: [0], y: [1] }, of: 'loss', wrt: ['w', 'b'] };
const graph = {
  inputs: ['x', 'w', 'b', 'y'],
  nodes: [
    { op: 'mul', inputs: ['x', 'w'], outputs: ['z'] },
    { op: 'add', inputs: ['z', 'b'], outputs: ['pred'] },
    { op: 'mse_loss', inputs: ['pred', 'y'], outputs: ['loss'] },
  ],
  outputs: ['loss'],
};

describe('a line and its squared error', () => {
  const answer = derived({ ...LINE, graph });

  it('is derived edge by edge', () => {
    expect(answer.steps.map(({ id, kind, node, from, to }) => [id, kind, node, from, to])).toEqual([
      [0, 'seed', null, null, 'loss'],
      [1, 'product', 2, 'loss', 'pred'],
      [2, 'pass', 1, 'pred', 'z'],
      [3, 'pass', 1, 'pred', 'b'],
      [4, 'product', 0, 'z', 'w'],
    ]);
    expect(answer.steps[1].local).toMatchObject({ form: 'elementwise', reads: ['pred', 'y'], tensor: { data: [2] } });
    expect(answer.steps[4]).toMatchObject({
      upstream: { step: 2, tensor: { data: [2] } },
      local: { latex: 'x', reads: ['x'], tensor: { data: [1] } },
      result: { tensor: { data: [2] }, reduced_axes: [] },
      text: '∂loss/∂w = ∂loss/∂z · x = 2 · 1 = [2]',
    });
    expect(answer.result).toMatchObject({ w: { data: [2] }, b: { data: [2] } });
    expect(answer.sums.map(({ value, terms }) => [value, terms]).sort()).toEqual([
      ['b', [3]],
      ['w', [4]],
    ]);
  });

  it('has a forward line for each node on the way', () => {
    expect(answer.forward.map(({ node, text }) => [node, text])).toEqual([
      [0, 'z = x · w = 1 · 2 = 2'],
      [1, 'pred = z + b = 2 + 0 = 2'],
      [2, 'loss = mean((pred - y)^2) = mean((2 - 1)^2) = 1'],
    ]);
  });

  it('is checked, and says so', () => {
    expect(answer.check?.method).toBe('central_difference');
    expect(answer.check?.max_abs_error).toBeLessThan(1e-8);
    expect(answer.text).toContain('∂loss/∂w');
    for (const latex of latexOf(answer)) render(latex);
  });

  it('has the gradient as one formula in the names of the inputs', () => {
    expect(answer.closed?.w).toEqual({
      latex: String.raw`2\,(x \cdot w + b - y)\,x`,
      numbers: String.raw`2 \cdot (1 \cdot 2 + 0 - 1) \cdot 1 = 2`,
    });
    for (const code of ['loss = ((x * w + b - y) ** 2).sum()', 'loss = torch.square(x * w + b - y).mean()'])
      expect(derived({ ...LINE, code }).closed?.w.numbers).toBe(answer.closed?.w.numbers);
  });
});

describe('a softmax', () => {
  it('is told by its Jacobian, written out, and by the sum that its product needs', () => {
    const { steps } = derived({
      inputs: { x: [1, 2, 3] },
      code: 'p = torch.softmax(x, 0)\nz = p[1]',
      of: 'z',
      wrt: 'x',
    });
    const { local, latex, text } = steps[2];
    const p = [0.09003057, 0.24472848, 0.66524094];
    expect(local?.form).toBe('vjp');
    const jacobian = local?.tensor?.data as number[][];
    for (const [i, row] of jacobian.entries())
      for (const [j, d] of row.entries()) expect(d).toBeCloseTo(p[i] * ((i === j ? 1 : 0) - p[j]), 6);
    expect(latex.numbers).toContain(String.raw`\operatorname{diag}(p) - p\,p^{\top}`);
    expect(text).toContain('p_i (δ_ij - p_j)');
  });
});

describe('conventions', () => {
  it('are told where elements lie at a kink', () => {
    const { steps } = derived({ inputs: { x: [-1, 0, 2] }, code: 'z = torch.relu(x).sum()', of: 'z', wrt: 'x' });
    expect(steps[2]).toMatchObject({ kind: 'convention', at: [[1]], result: { tensor: { data: [0, 0, 1] } } });
    expect(steps[2].text).toContain('convention');
    const smooth = derived({ inputs: { x: [-1, 2] }, code: 'z = torch.relu(x).sum()', of: 'z', wrt: 'x' });
    expect(smooth.steps[2].kind).toBe('product');
  });

  it('are told of equal elements', () => {
    for (const code of ['z = x.max()', 'z = x.amax(0)', 'z = torch.maximum(x[0], x[2])']) {
      const { steps } = derived({ inputs: { x: [3, 1, 3] }, code, of: 'z', wrt: 'x' });
      expect(
        steps.map(({ kind }) => kind),
        code,
      ).toContain('convention');
    }
  });
});

describe('what a value does not depend on', () => {
  it('has one step that says zero', () => {
    const answer = derived({
      inputs: { x: [1], w: [2, 3] },
      code: 'z = (x * 2).sum()\nw2 = w * 2',
      of: 'z',
      wrt: ['x', 'w'],
    });
    expect(answer.steps.filter(({ to }) => to === 'w').map(({ kind }) => kind)).toEqual(['zero']);
    expect(answer.result.w.data).toEqual([0, 0]);
    const cut = derived({ inputs: { x: [1] }, code: 'z = x.detach().sum()', of: 'z', wrt: 'x' });
    expect(cut.steps.map(({ kind }) => kind)).toEqual(['zero']);
  });
});

describe('broadcasting', () => {
  it('is undone by sums over axes that are named', () => {
    const code = 'y = x * w + b\nz = y.sum()';
    const answer = derived({
      inputs: {
        x: [
          [1, 2],
          [3, 4],
        ],
        w: [5, 6],
        b: 7,
      },
      code,
      of: 'z',
      wrt: ['w', 'b'],
    });
    const into = (name: string) => answer.steps.find(({ to }) => to === name);
    expect(into('w')).toMatchObject({ kind: 'product', result: { tensor: { data: [4, 6] }, reduced_axes: [0] } });
    expect(into('b')).toMatchObject({ kind: 'reduce', result: { tensor: { data: 4 }, reduced_axes: [0, 1] } });
    expect(into('b')?.text).toContain('axes 0, 1');
  });
});

describe('a vector', () => {
  it('is what the pass of a value of several elements begins with', () => {
    const answer = derived({ inputs: { x: [1, 2] }, code: 'y = x ** 3', of: 'y', wrt: 'x', v: [1, -1] });
    expect(answer.result.x.data).toEqual([3, -12]);
    expect(answer.steps[0]).toMatchObject({ kind: 'seed', result: { tensor: { data: [1, -1] } } });
    expect(answer.check?.max_abs_error).toBeLessThan(1e-6);
  });
});

describe('long derivations', () => {
  const code = 'for i in range(60):\n    x = x * w\nz = x.sum()';
  it('are told by their first and last steps', () => {
    const answer = derived({ inputs: { x: [1], w: [1.01] }, code, of: 'z', wrt: 'w' }, { maxExplained: 10 });
    expect(answer.steps.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 116, 117, 118, 119, 120]);
    expect(answer.omitted.steps).toBe(111);
    expect(answer.sums.find(({ value }) => value === 'w')?.terms).toHaveLength(60);
    expect(answer.text).toContain('111 steps');
  });
});

describe('digits and elements', () => {
  it('are as many as were asked for, in LaTeX and text alone', () => {
    const inputs = { x: Array.from({ length: 20 }, (_, i) => i / 7) };
    const answer = derived({ inputs, code: 'z = (x * x).sum()', of: 'z', wrt: 'x', digits: 2, max_elements: 4 });
    expect(answer.steps[1].text).toContain('[1, 1, ..., 1, 1]');
    expect(answer.steps[2].text).toContain('[0, 0.14, ..., 2.6, 2.7]');
    expect(answer.steps[2].result.tensor.data).toHaveLength(20);
  });
});

describe('the comparison with differences', () => {
  const check = (code: string, inputs: object) => derived({ inputs, code, of: 'z', wrt: 'x' }).check;

  it('is taken along directions where there are many elements', () => {
    const found = check('z = torch.tanh(x @ x).sum()', {
      x: Array.from({ length: 40 }, () => new Array(40).fill(0.01)),
    });
    expect(found?.method).toBe('random_directions');
    expect(found?.max_abs_error).toBeLessThan(1e-2);
  });

  it('is left out where chance or a hook has a say', () => {
    expect(check('z = F.dropout(x * 2, 0.5).sum()', { x: [1, 2, 3, 4, 5, 6, 7, 8] })).toBeUndefined();
    expect(check('h = x * 2\nh.register_hook(lambda g: g * 10)\nz = h.sum()', { x: [1, 2] })).toBeUndefined();
  });
});
