import { describe, expect, it } from 'vitest';
import { run, shown } from '../torch/session.ts';

const START =
  "import pandas as pd, numpy as np\ndf = pd.DataFrame({'a': [1, 2, 3], 'b': [1.5, 2.25, 3.0], 'c': ['x', 'yy', 'z']})";
const say = (code: string): string => shown(START, code);

describe('pandas', () => {
  it('prints tables and columns', () => {
    expect(say('df')).toBe('   a     b   c\n0  1  1.50   x\n1  2  2.25  yy\n2  3  3.00   z');
    expect(say("df['b']")).toBe('0    1.50\n1    2.25\n2    3.00\nName: b, dtype: float64');
    expect(say("pd.DataFrame({'a': range(100)})")).toBe(
      '     a\n0    0\n1    1\n2    2\n3    3\n4    4\n..  ..\n95  95\n96  96\n97  97\n98  98\n99  99\n\n[100 rows x 1 columns]',
    );
  });

  it('gives columns, rows and elements', () => {
    expect(
      say("torch.tensor(df[['a', 'b']].values).shape, df.shape, list(df.columns), df.iloc[1].tolist(), df.a.sum()"),
    ).toBe("(torch.Size([3, 2]), (3, 3), ['a', 'b', 'c'], [2, 2.25, 'yy'], 6)");
    expect(say("df['d'] = df['a'] * 2; df[df['a'] > 1]")).toBe(
      '   a     b   c  d\n1  2  2.25  yy  4\n2  3  3.00   z  6',
    );
    expect(say("df.describe()['b'].tolist()")).toBe('[3.0, 2.25, 0.75, 1.5, 1.875, 2.25, 2.625, 3.0]');
  });

  it('reads and writes files of the workspace', () => {
    expect(
      say(
        "open('t.csv', 'w').write('x,y,n\\n1,2.5,a\\n3,,b\\n')\nt = pd.read_csv('t.csv'); print(t, t['y'].mean(), t.iloc[0, 1]); t.to_csv('u.csv', index=False); print(open('u.csv').read())",
      ),
    ).toBe('   x    y  n\n0  1  2.5  a\n1  3  NaN  b 2.5 2.5\nx,y,n\n1,2.5,a\n3,,b\n\n');
  });

  it.each([
    ["df['zz']", "KeyError: 'zz'"],
    ["pd.DataFrame({'a': [1, 2], 'b': [1]})", 'ValueError: All arrays must be of the same length'],
    ["pd.read_csv('none.csv')", "FileNotFoundError: [Errno 2] No such file or directory: 'none.csv'"],
    ['df.nothing', "AttributeError: 'DataFrame' object has no attribute 'nothing'"],
    ["df['q'] = [1]", 'ValueError: Length of values (1) does not match length of index (3)'],
  ])('%s', (code, message) => {
    expect(say(code)).toBe(message);
  });

  it('is held to the limits of a cell', () => {
    expect(run(START, "pd.DataFrame({'a': range(10 ** 9)})").error?.type).toMatch(/MemoryError|TimeoutError/);
  });
});
