import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const say = (code: string): string =>
  shown(`import matplotlib.ticker as ticker\nfig, ax = plt.subplots(); ax.plot([0, 10], [0, 1])\n${code}`);

describe('matplotlib.ticker', () => {
  it.each([
    ['ax.xaxis.set_major_locator(ticker.MultipleLocator(2.5)); list(ax.get_xticks())', '[0.0, 2.5, 5.0, 7.5, 10.0]'],
    ['ax.yaxis.set_major_locator(ticker.MaxNLocator(integer=True)); list(ax.get_yticks())', '[0.0, 1.0]'],
    ['ax.xaxis.set_major_locator(ticker.FixedLocator([1, 4])); list(ax.get_xticks())', '[1.0, 4.0]'],
    [
      "ax.set_xticks([0, 5]); ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda x, p: f'<{x:.1f}>')); [t.get_text() for t in ax.get_xticklabels()]",
      "['<0.0>', '<5.0>']",
    ],
    [
      'ax.set_yticks([0, .5]); ax.yaxis.set_major_formatter(ticker.PercentFormatter(1.0)); [t.get_text() for t in ax.get_yticklabels()]',
      "['0%', '50%']",
    ],
    ['ax.xaxis.set_major_locator(ticker.MultipleLocator(0))', "ValueError: 'base' must be positive"],
    ['ax.xaxis.set_major_locator(ticker.MultipleLocator(1e-9))', 'RuntimeError: Locator attempting to generate'],
    ['ax.xaxis.set_major_locator(3)', 'TypeError: argument must be an instance of matplotlib.ticker.Locator'],
    ['from mpl_toolkits.mplot3d import Axes3D\nAxes3D(fig)', 'NotImplementedError: mpl_toolkits.mplot3d.Axes3D'],
    ["fig.add_subplot(projection='3d')", "ValueError: Unknown projection '3d'"],
    [
      'from matplotlib.animation import FuncAnimation\nFuncAnimation(fig, print)',
      'NotImplementedError: matplotlib.animation.FuncAnimation',
    ],
  ])('%s', (code, answer) => {
    expect(say(code)).toContain(answer);
  });
});
