import { describe, expect, it } from 'vitest';
import { shown } from '../torch/session.ts';

describe('gzip and zlib', () => {
  it('give back what they were given', () => {
    expect(
      shown(
        "import gzip, zlib\nd = b'hello ' * 100\nprint(gzip.decompress(gzip.compress(d)) == d, zlib.decompress(zlib.compress(d, 9)) == d, len(zlib.compress(d)) < 50, zlib.crc32(b'c', zlib.crc32(b'ab')))",
      ),
    ).toBe('True True True 891568578\n');
  });

  it('open files of bytes and of text', () => {
    expect(
      shown(
        `import gzip, pickle
with gzip.open('a.gz', 'wb') as f: print(f.write(b'one\\ntwo\\n'))
with gzip.open('a.gz') as f: print(f.read(2), f.readline(), list(f))
with gzip.open('a.gz', 'rt') as f: print([line.strip() for line in f])
with gzip.open('b.gz', 'wt') as f: f.write('é')
print(gzip.open('b.gz').read())
with gzip.open('c.gz', 'wb') as f: pickle.dump({'a': torch.ones(2)}, f)
with gzip.open('c.gz', 'rb') as f: print(pickle.load(f))`,
      ),
    ).toBe("8\nb'on' b'e\\n' [b'two\\n']\n['one', 'two']\nb'\\xc3\\xa9'\n{'a': tensor([1., 1.])}\n");
  });

  it.each([
    ["gzip.decompress(b'abc')", 'BadGzipFile: Not a gzipped file'],
    ["zlib.decompress(b'abc')", 'error: Error while decompressing data'],
    ["zlib.compress('abc')", "TypeError: a bytes-like object is required, not 'str'"],
    ["zlib.compress(b'', 11)", 'ValueError: Bad compression level'],
    ["gzip.open('none.gz')", "FileNotFoundError: [Errno 2] No such file or directory: 'none.gz'"],
    ["gzip.open('a', 'rq')", "ValueError: Invalid mode: 'rq'"],
  ])('%s', (code, message) => {
    expect(shown(`import gzip, zlib\n${code}`)).toContain(message);
  });

  it('unfold no more than there is room for', () => {
    const bomb =
      "import zlib\nd = zlib.compress(zlib.compress(b'\\0' * 900000) + b'\\0' * 10)\nlen(zlib.decompress(d)) > 0";
    expect(shown(bomb)).toBe('True');
  });
});

describe('six, timeit and pdb', () => {
  it('are there', () => {
    expect(
      shown(
        'import six, timeit, pdb\nfrom six.moves import range, zip\nprint(six.PY3, list(six.iteritems({1: 2})), list(range(2)), timeit.timeit(lambda: 1, number=3) >= 0, len(timeit.repeat(lambda: 1, number=2, repeat=3)))\npdb.set_trace()',
      ),
    ).toBe(
      'True [(1, 2)] [0, 1] True 3\nNotImplementedError: a cell runs to its end: there is no debugger that could ask',
    );
    expect(shown("import timeit\ntimeit.timeit('x = 1')")).toContain('NotImplementedError: timeit times functions');
  });
});
