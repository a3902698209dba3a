import { describe, expect, it } from 'vitest';
import { run, shown } from '../pyplot/session.ts';

describe('tqdm', () => {
  it('walks what it is given, and tells the end of it on one line', () => {
    const { stdout, stderr } = run("from tqdm.auto import tqdm\nfor i in tqdm([4, 5], desc='train'): print(i)");
    expect(stdout).toBe('4\n5\n');
    expect(stderr).toBe('train: 100%|██████████| 2/2\n');
  });

  it('tells how far a loop came that ended early', () => {
    expect(run('from tqdm import tqdm\nfor i in tqdm(range(4)):\n    if i == 1: break').stderr).toBe(
      ' 25%|██▌       | 1/4\n',
    );
  });

  it('is counted by hand, with what is told beside it', () => {
    const code =
      'from tqdm import tqdm\nwith tqdm(total=10, leave=True) as bar:\n    bar.update(5); bar.set_postfix(loss=0.123456, n=3); bar.set_description("e")';
    expect(run(code).stderr).toBe('e:  50%|█████     | 5/10 [loss=0.123, n=3]\n');
  });

  it('knows its length, and may be switched off', () => {
    expect(shown('from tqdm import tqdm, trange\nlen(tqdm(range(3))), list(trange(1, 3, disable=True))')).toBe(
      '(3, [1, 2])',
    );
    expect(run('from tqdm import tqdm\nfor i in tqdm(range(3), leave=False): pass').stderr).toBe('');
    expect(run("from tqdm import tqdm\ntqdm.write('x')").stdout).toBe('x\n');
  });
});
