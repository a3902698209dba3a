import { describe, expect, it } from 'vitest';
import { cells, run, shown } from './session.ts';

const picture = (...codes: string[]): string => {
  const { displays, error } = run(...codes);
  expect(error).toBeUndefined();
  expect(displays.map(({ mime }) => mime)).toEqual(['image/svg+xml']);
  return displays[0].data;
};
/** How often an element stands in a picture. */
const count = (svg: string, part: string): number => svg.split(part).length - 1;

describe('a figure', () => {
  it('is shown by show, and where a cell ends, once', () => {
    expect(run('plt.plot([1, 2])\nplt.show()').displays).toHaveLength(1);
    expect(run('plt.plot([1, 2]);').displays).toHaveLength(1);
    expect(run('plt.plot([1, 2])', '1 + 1').displays).toEqual([]);
    expect(run('fig, ax = plt.subplots()\nfig').displays).toHaveLength(1);
    expect(run('plt.figure(); plt.plot([1]); plt.close()').displays).toEqual([]);
    expect(run('plt.plot([1])\nplt.show()\nplt.plot([2])\nplt.show()').displays).toHaveLength(2);
  });

  it('is shown of a cell that fails too', () => {
    const { displays, error } = run('plt.plot([1, 2])\n1 / 0');
    expect(error?.type).toBe('ZeroDivisionError');
    expect(displays).toHaveLength(1);
  });

  it('goes on under its number, and is bounded', () => {
    expect(shown('plt.figure(3); plt.figure(7); plt.figure(3)\nplt.get_fignums(), plt.gcf().number')).toBe(
      '([3, 7], 3)',
    );
    expect(shown('for i in range(60): plt.figure()')).toBe('RuntimeError: at most 50 figures are open at one time');
    expect(shown('plt.figure(figsize=(1000, 2))')).toContain('ValueError: a figure has at most 100 inches');
  });

  it('prints as matplotlib has it', () => {
    expect(shown('fig, ax = plt.subplots(figsize=(4, 3))\nprint(fig, ax)\nfig')).toBe(
      'Figure(400x300) AxesSubplot(0.125,0.11;0.775x0.77)\n<Figure size 400x300 with 1 Axes>',
    );
    expect(shown("plt.title('one')")).toBe("Text(0.5, 1.0, 'one')");
    expect(shown('plt.plot([1, 2], [3, 4])')).toMatch(/^\[<matplotlib\.lines\.Line2D object at 0x[0-9a-f]+>\]$/);
    expect(shown('plt.bar([1, 2], [3, 4])')).toBe('<BarContainer object of 2 artists>');
  });
});

describe('drawing', () => {
  it('makes a path of each line and a label of each text', () => {
    const svg = picture("plt.plot([0, 1, 2], [0, 1, 4], 'ro--', label='square')\nplt.xlabel('n'); plt.legend()");
    expect(svg).toContain('stroke="#ff0000"');
    expect(svg).toContain('stroke-dasharray="5.55 2.4"');
    expect(count(svg, '<circle')).toBe(4);
    expect(svg).toContain('>square</text>');
    expect(svg).toContain('>n</text>');
  });

  it.each([
    ['plt.scatter([1, 2, 3], [3, 1, 2], c=[0, 1, 2], cmap="viridis")\nplt.colorbar()', '#440154'],
    ['plt.bar(["a", "b"], [2, 3], color=["g", "C1"])', '#ff7f0e'],
    ['plt.imshow(torch.eye(3))', 'data:image/png;base64,'],
    ['plt.pie([1, 3], labels=["one", "three"], autopct="%.0f%%")', '>75%</text>'],
    ['plt.fill_between([0, 1], [0, 1], alpha=0.5)', 'fill-opacity="0.5"'],
    ['plt.contourf([[0, 1], [1, 2]])', 'fill-rule="evenodd"'],
    ['plt.semilogy([1, 10, 100])', '<tspan'],
    ['plt.boxplot([1, 2, 3, 9])', '<path'],
    ['plt.errorbar([1, 2], [1, 2], yerr=0.1, capsize=2)', '<path'],
    ['plt.quiver([0, 1], [0, 1], [1, 0], [0, 1])', '<path'],
    [
      'plt.annotate("top", xy=(1, 2), xytext=(0, 0), arrowprops=dict(arrowstyle="->")); plt.plot([0, 1, 2])',
      '>top</text>',
    ],
    ['plt.stem([1, 3, 2]); plt.step([0, 1], [1, 2]); plt.hlines([1], 0, 2); plt.axvspan(0, 1)', '<path'],
    ['plt.pcolormesh([[1, 2], [3, 4]]); plt.gca().matshow([[1, 2]])', '<path'],
  ])('%s', (code, part) => {
    expect(picture(code)).toContain(part);
  });

  it('fills bands up to the highest number that there is', () => {
    const svg = picture("plt.contourf([[0, 0, 1], [0, 0, 1]], cmap='gray')");
    // Of 0, 0.15, … 1.05: the band of 0 and the one of 1 are not empty.
    expect(svg).toContain('fill="#000000" fill-rule="evenodd"');
    expect(svg).toContain('fill="#ffffff" fill-rule="evenodd"');
  });

  it('takes tensors, and refuses those that require a gradient as PyTorch does', () => {
    expect(picture('x = torch.linspace(0, 1, 5, dtype=torch.float64)\nplt.plot(x, x ** 2, "k.")')).toContain('<circle');
    expect(shown('plt.plot(torch.ones(2, requires_grad=True))')).toBe(
      "RuntimeError: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
    );
  });

  it('counts as numpy does', () => {
    expect(shown('n, edges, _ = plt.hist([1, 2, 2, 3, 5], bins=4)\nlist(n), list(edges)')).toBe(
      '([1.0, 2.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0])',
    );
  });

  it('gives panels in rows and columns', () => {
    const code = 'fig, axes = plt.subplots(2, 3)\n';
    expect(shown(`${code}print(axes.shape, len(axes), axes[0].shape, axes[:, 1].shape, len(axes.flatten()))`)).toBe(
      '(2, 3) 2 (3,) (2,) 6\n',
    );
    expect(shown(`${code}axes[2, 0]`)).toBe('IndexError: index 2 is out of bounds for axis 0 with size 2');
    expect(shown('f, (a, b) = plt.subplots(1, 2, sharey=True)\na.plot([0, 10]); b.plot([5])\nb.get_ylim()')).toBe(
      '(-0.5, 10.5)',
    );
  });

  it('keeps settings of a workspace apart from those of another', () => {
    const [, , after] = cells(
      'import matplotlib.pyplot as plt',
      "plt.rcParams['figure.figsize'] = [2, 1]; plt.rcParams.update({'font.size': 8})",
      'plt.figure()',
    );
    expect(after.result?.repr).toBe('<Figure size 200x100 with 0 Axes>');
    expect(run('plt.figure()').result?.repr).toBe('<Figure size 640x480 with 0 Axes>');
  });

  it('saves pictures, and shows them again by their names', () => {
    expect(
      run("plt.plot([1, 2]); plt.savefig('a.svg'); plt.close()\nfrom IPython.display import SVG\nSVG('a.svg')")
        .displays,
    ).toHaveLength(1);
    expect(shown("plt.savefig('a.xyz')")).toContain("ValueError: Format 'xyz' is not supported");
  });
});

describe('what is wrong', () => {
  it.each([
    ['plt.plot([1, 2], [1])', 'ValueError: x and y must have same first dimension, but have shapes (2,) and (1,)'],
    ["plt.plot([1], color='foo')", "ValueError: 'foo' is not a valid value for color"],
    ['plt.plot([1], foo=3)', "AttributeError: Line2D.set() got an unexpected keyword argument 'foo'"],
    ["plt.plot([1], 'xq')", `ValueError: 'xq' is not a valid format string (unrecognized character 'q')`],
    ['plt.scatter([1, 2], [2])', 'ValueError: x and y must be the same size'],
    ['plt.imshow([1, 2])', 'TypeError: Invalid shape (2,) for image data'],
    ['plt.subplot(2, 2, 5)', 'ValueError: num must be 1 <= num <= 4, not 5'],
    ['plt.hist([1, 2], bins=0)', 'ValueError: `bins` must be positive, when an integer'],
    ['plt.foo', "AttributeError: module 'matplotlib.pyplot' has no attribute 'foo'"],
    ['plt.gca().foo', "AttributeError: 'AxesSubplot' object has no attribute 'foo'"],
    [
      'plt.xticks([1, 2], ["a"])',
      'ValueError: The number of FixedLocator locations (2), usually from a call to set_ticks, does not match the number of ticklabels (1).',
    ],
    ['plt.plot([[[1]]])', 'ValueError: x and y can be no greater than 2D, but have shapes (1, 1, 1) and (1, 1, 1)'],
    ['plt.contourf([[1, 2], [3, 4]], levels=[2, 1])', 'ValueError: Contour levels must be increasing'],
    [
      'import matplotlib.widgets',
      'ModuleNotFoundError: matplotlib.widgets is not supported here: pictures are drawn in two dimensions by matplotlib.pyplot',
    ],
    ['plt.hexbin([1], [2])', 'NotImplementedError: matplotlib.pyplot.hexbin is not supported here'],
  ])('%s', (code, expected) => {
    expect(shown(code)).toBe(expected);
  });

  it.each([
    'plt.plot(range(10 ** 9))',
    'plt.imshow([[0] * 3000] * 3000)',
    'a = []\na.append(a)\nplt.plot(a)',
    'for i in range(10 ** 6): plt.plot([1, 2])',
    'plt.bar(range(200000), range(200000)); plt.show()',
    'plt.ylim(0, 1e308); plt.xlim(-1e308, 1e308); plt.plot([1e308, -1e308, float("nan")]); plt.show()\n1/0',
    'plt.contour([[float("nan")] * 3] * 3); plt.show()\n1/0',
    'plt.xscale("log"); plt.plot([-1, 0], [1, 2]); plt.show()\n1/0',
    'plt.figure(figsize=(1e-9, 1e-9)); plt.plot([1]); plt.legend(["x"]); plt.show()\n1/0',
    'plt.hist([], bins=3); plt.scatter([], []); plt.plot([], []); plt.bar([], []); plt.show()\n1/0',
  ])('ends: %s', (code) => {
    expect(shown(code)).toMatch(
      /^(?:MemoryError|TimeoutError|RecursionError|ValueError|ZeroDivisionError|RuntimeError)/,
    );
  });
});
