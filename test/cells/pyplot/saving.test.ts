import { describe, expect, it } from 'vitest';
import { run, shown } from './session.ts';

describe('savefig', () => {
  it('makes a file of the workspace, which others see', () => {
    expect(
      shown(
        `import os, io
fig = plt.figure(figsize=(2, 1), dpi=50)
plt.plot([1, 2]); plt.savefig('a.png'); fig.savefig('b', format='svg'); plt.close()
print(os.path.exists('a.png'), sorted(os.listdir('.')))
with open('a.png', 'rb') as f: print(f.read(8))
print(os.path.getsize('a.png') == len(open('a.png', 'rb').read()), open('b.svg').read(4))`,
      ),
    ).toBe("True ['a.png', 'b.svg']\nb'\\x89PNG\\r\\n\\x1a\\n'\nTrue <svg\n");
  });

  it('writes to what is open, and to paths', () => {
    expect(
      shown(
        `import io, pathlib
plt.figure(figsize=(2, 1)); plt.plot([1]); b = io.BytesIO()
plt.savefig(b, format='svg'); plt.savefig(pathlib.Path('p') / '..' / 'q.png')
b.seek(0); print(b.read(4), pathlib.Path('q.png').exists())`,
      ),
    ).toBe("b'<svg' True\n".replace('<svg', '<svg'));
    expect(shown('import io\nplt.savefig(io.StringIO())')).toBe('TypeError: write() argument must be str, not bytes');
  });

  it('counts a picture once, however often it is saved or read', () => {
    expect(
      shown(
        `for i in range(3):
    plt.figure(figsize=(1, 1)); plt.plot([1, i]); plt.savefig('same.png'); plt.close()
import os
a = os.path.getsize('same.png'); b = os.path.getsize('same.png')
os.remove('same.png'); print(a == b, os.path.exists('same.png'))`,
      ),
    ).toBe('True False\n');
  });

  it.each([
    ["plt.savefig('a.xyz')", "ValueError: Format 'xyz' is not supported (supported formats: png, svg)"],
    ["plt.savefig('no/a.png')", "FileNotFoundError: [Errno 2] No such file or directory: 'no/a.png'"],
    ['plt.savefig(3)', 'TypeError: expected str, bytes or os.PathLike object, not int'],
    ["plt.savefig('a.png', dpi=-1)", 'ValueError: dpi must be positive'],
  ])('%s', (code, message) => {
    expect(shown(code)).toBe(message);
  });
});

describe('imread and imsave', () => {
  it('give back what was written', () => {
    expect(
      shown(
        `import numpy as np
a = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10
plt.imsave('a.png', a); b = plt.imread('a.png')
print(b.shape, b.dtype, ((b[..., :3] * 255).round() == a).all(), b[..., 3].min())
plt.imsave('g.png', np.array([[0., 1.], [.5, .25]]), cmap='gray'); print((plt.imread('g.png')[..., 0] * 255).round())`,
      ),
    ).toBe('(2, 4, 4) float32 True 1.0\n[[  0. 255.]\n [128.  64.]]\n');
  });

  it('read the picture of a figure, of as many pixels as it has', () => {
    expect(
      shown(
        "plt.figure(figsize=(2, 1), dpi=50); plt.plot([1]); plt.savefig('a.png'); plt.close(); plt.imread('a.png').shape",
      ),
    ).toBe('(50, 100, 4)');
  });

  it.each([
    [
      "open('x.png', 'w').write('abc'); plt.imread('x.png')",
      'ValueError: cannot read the picture: only PNG files are read here',
    ],
    ["plt.imread('none.png')", "FileNotFoundError: [Errno 2] No such file or directory: 'none.png'"],
    ["plt.imsave('a.png', [1, 2])", 'ValueError: Invalid shape (2) for image data'],
    ["plt.imsave('a.png', torch.zeros(0, 3))", 'ValueError: a picture has at least one pixel'],
  ])('%s', (code, message) => {
    expect(shown(code)).toBe(message);
  });
});

describe('IPython.display.Image', () => {
  it('shows a picture that was saved, in a size', () => {
    const { displays } = run(
      "from IPython.display import Image\nplt.imsave('a.png', torch.zeros(2, 4))\nImage('a.png', width=40)",
    );
    expect(displays).toHaveLength(1);
    expect(displays[0].mime).toBe('image/svg+xml');
    expect(displays[0].data).toMatch(
      /^<svg [^>]*width="40" height="20"[^>]*><image [^>]*href="data:image\/png;base64,/,
    );
  });

  it('refuses what is no picture', () => {
    expect(shown("from IPython.display import Image\nImage(data=b'<script>')")).toContain('ValueError: Cannot embed');
    expect(shown("from IPython.display import Image\nImage('http://x/y.png')")).toContain('NotImplementedError');
  });
});
