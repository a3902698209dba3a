import { Resvg } from '@resvg/resvg-js';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curvePath } from '../../src/http/routes/curves.ts';
import { ops } from '../../src/ops/registry.ts';
import { appWith } from '../support/app.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith();
});
afterAll(() => app.close());

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });
const paths = ops.flatMap((op) => curvePath(op) ?? []);
const asPicture = (path: string, query = ''): string => {
  const [before, after = ''] = path.split('?');
  const all = [after, query].filter((part) => part !== '').join('&');
  return `${before}.svg${all === '' ? '' : `?${all}`}`;
};

describe('GET /v1/activations/{op}/curve and /v1/losses/{op}/curve', () => {
  it('answers samples, breaks and formulas', async () => {
    const { statusCode, headers, body } = await get('/v1/activations/relu/curve?from=-1&to=1&points=3');
    expect([statusCode, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toEqual({
      op: 'relu',
      parameters: {},
      from: -1,
      to: 1,
      formula: String.raw`\max(0, x)`,
      derivative: String.raw`[\,x > 0\,]`,
      series: [
        {
          name: 'relu',
          pieces: [
            { x: [-1, 0], y: [0, 0], dy: [0, 0] },
            { x: [0, 1], y: [0, 1], dy: [1, 1] },
          ],
        },
      ],
      breaks: [{ x: 0, kind: 'kink', left: { y: 0, dy: 0 }, right: { y: 0, dy: 1 }, value: { y: 0, dy: 0 } }],
    });
  });

  it('has the whole of the usual range by default', async () => {
    const { from, to, series } = (await get('/v1/activations/tanh/curve')).json();
    expect([from, to]).toEqual([-5, 5]);
    expect(series[0].pieces[0].x.length).toBeGreaterThanOrEqual(201);
  });

  it.each(paths)('%s is there, as the catalogue says', async (path) => {
    const { statusCode, body } = await get(path);
    expect([statusCode, body]).toEqual([200, expect.stringContaining('"series":[{"name"')]);
    const name = path.split('/')[3];
    expect((await get(`/v1/ops/${name}`)).json().curve).toBe(path);
  });

  it('reads parameters as the op has them, and tells them', async () => {
    const told = async (path: string): Promise<unknown> => (await get(`${path}&points=2`)).json().parameters;
    expect(await told('/v1/activations/softplus/curve?beta=2.5')).toEqual({ beta: 2.5, threshold: 20 });
    expect(await told('/v1/activations/gelu/curve?approximate=tanh')).toEqual({ approximate: 'tanh' });
    expect(await told('/v1/activations/prelu/curve?weight=0.1')).toEqual({ weight: 0.1 });
    expect(await told('/v1/activations/threshold/curve?threshold=1&value=%2B2e%2B1')).toEqual({
      threshold: 1,
      value: 20,
    });
    expect(await told('/v1/activations/hardtanh/curve?max_val=Infinity')).toEqual({ min_val: -1, max_val: 'Infinity' });
    expect(await told('/v1/losses/poisson_nll_loss/curve?full=true')).toMatchObject({ target: 1, full: true });
    expect(await told('/v1/activations/softmax/curve?at=1,2,3&vary=2')).toEqual({ at: [1, 2, 3], vary: 2 });
    expect(await told('/v1/losses/multilabel_margin_loss/curve?target=2')).toMatchObject({ target: [2, -1, -1] });
    expect(await told('/v1/losses/cross_entropy/curve?target=0.2,0.3,0.5&weight=1,2,3')).toMatchObject({
      target: [0.2, 0.3, 0.5],
      weight: [1, 2, 3],
      at: [0, 0, 0],
      vary: 0,
    });
  });

  it('finds an op by its alias', async () => {
    expect((await get('/v1/activations/swish/curve?points=2')).json()).toMatchObject({ op: 'silu' });
  });

  it('has a series for each element of a vector', async () => {
    const { series } = (await get('/v1/activations/softmax/curve?at=0,0')).json();
    expect(series.map(({ name }: { name: string }) => name)).toEqual(['softmax[0]', 'softmax[1]']);
    const [a, b] = series.map(({ pieces }: { pieces: { y: number[] }[] }) => pieces[0].y);
    a.forEach((y: number, i: number) => {
      expect(y + b[i]).toBeCloseTo(1, 12);
    });
  });

  it('writes what is not finite as tensors do, in CBOR as floats', async () => {
    const url = '/v1/losses/poisson_nll_loss/curve?log_input=false&eps=0.25';
    const [found] = (await get(url)).json().breaks;
    expect(found).toEqual({
      x: -0.25,
      kind: 'pole',
      left: null,
      right: { y: 'Infinity', dy: '-Infinity' },
      value: { y: 'Infinity', dy: '-Infinity' },
    });
    const cbor = await get(url, { accept: 'application/cbor' });
    expect(cbor.headers['content-type']).toBe('application/cbor');
    expect(cbor.rawPayload.includes(Buffer.from('pole'))).toBe(true);
  });

  it.each([
    ['activations/relu/curve?from=a', '/from'],
    ['activations/relu/curve?from=', '/from'],
    ['activations/relu/curve?from=0x10', '/from'],
    ['activations/relu/curve?from=NaN', '/from'],
    ['activations/relu/curve?to=Infinity', '/to'],
    ['activations/relu/curve?to=1e999', '/to'],
    ['activations/relu/curve?from=2&to=2', '/from'],
    ['activations/relu/curve?from=-1e308&to=1e308', '/to'],
    ['activations/relu/curve?from=1&from=2', '/from'],
    ['activations/relu/curve?points=1', '/points'],
    ['activations/relu/curve?points=10001', '/points'],
    ['activations/relu/curve?points=2.5', '/points'],
    ['activations/relu/curve?alpha=1', '/alpha'],
    ['activations/relu/curve?at=0', '/at'],
    ['activations/relu/curve?vary=0', '/vary'],
    ['activations/relu/curve?target=1', '/target'],
    ['activations/relu/curve?toString=1', '/toString'],
    ['activations/relu/curve?width=99', '/width'],
    ['activations/relu/curve?height=4001', '/height'],
    ['activations/relu/curve?theme=blue', '/theme'],
    ['activations/softplus/curve?beta=one', '/beta'],
    ['activations/softplus/curve?bta=1', '/bta'],
    ['activations/relu/curve?__proto__=1', '/__proto__'],
    ['activations/softshrink/curve?lambd=-1', '/lambd'],
    ['activations/gelu/curve?approximate=erf', '/approximate'],
    ['activations/rrelu/curve?training=1', '/training'],
    ['activations/threshold/curve?value=1', '/threshold'],
    ['activations/prelu/curve?weight=1,x', '/weight'],
    ['activations/softmax/curve?at=1,,2', '/at'],
    ['activations/softmax/curve?vary=3', '/vary'],
    ['activations/softmax/curve?dim=x', '/dim'],
    ['activations/softmax/curve?at=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17', '/at'],
    ['activations/softmax/curve?at=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16&points=10000', '/points'],
    ['losses/huber_loss/curve?delta=0', '/delta'],
    ['losses/mse_loss/curve?target=1,2', '/target'],
    ['losses/mse_loss/curve?reduction=all', '/reduction'],
    ['losses/cross_entropy/curve?target=0.5', '/target'],
    ['losses/nll_loss/curve?target=0,1', '/target'],
  ])('%s is a 400 that names the key', async (path, pointer) => {
    const { statusCode, headers, body } = await get(`/v1/${path}`);
    expect([statusCode, headers['content-type']]).toEqual([
      400,
      expect.stringMatching(/^application\/problem\+json\b/),
    ]);
    const { type, detail, errors } = JSON.parse(body);
    expect(type).toBe('urn:gradwire:problem:invalid_query');
    expect(errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    expect(detail).toContain(pointer.slice(1));
    expect((await get(`/v1/${path.replace('/curve', '/curve.svg')}`)).statusCode).toBe(400);
  });

  it.each([
    ['activations/celu/curve?alpha=0', 'value_range', 'alpha cannot be 0'],
    ['activations/rrelu/curve?lower=1&upper=0', 'value_range', 'lower bound'],
    ['activations/rrelu/curve?training=true', 'value_range', 'training=false'],
    ['activations/prelu/curve?weight=1,2', 'shape_mismatch', 'weight'],
    ['activations/glu/curve?at=1,2,3', 'shape_mismatch', 'even'],
    ['activations/softmax/curve?dim=1', 'index_out_of_range', 'Dimension'],
    ['losses/cross_entropy/curve?target=3', 'index_out_of_range', '3'],
    ['losses/multi_margin_loss/curve?target=-1', 'index_out_of_range', '-1'],
    ['losses/nll_loss/curve?weight=1,2', 'shape_mismatch', 'weight'],
  ])('%s is refused as the op refuses it', async (path, code, words) => {
    const { statusCode, body } = await get(`/v1/${path}`);
    expect(statusCode).toBe(422);
    expect(JSON.parse(body)).toMatchObject({
      type: `urn:gradwire:problem:${code}`,
      detail: expect.stringContaining(words),
    });
  });

  it.each([
    ['losses/ctc_loss', 'whole sequences'],
    ['losses/triplet_margin_loss', 'three inputs'],
    ['losses/margin_ranking_loss', 'three inputs'],
    ['losses/cosine_embedding_loss', 'three inputs'],
    ['losses/gaussian_nll_loss', 'three inputs'],
    ['losses/relu', '/v1/activations/relu/curve'],
    ['activations/mse_loss', '/v1/losses/mse_loss/curve'],
    ['activations/rellu', 'did you mean "relu"?'],
    ['activations/dropout', 'nn'],
    ['activations/add', 'pointwise'],
  ])('%s has none, and says why', async (path, words) => {
    const { statusCode, body } = await get(`/v1/${path}/curve`);
    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toMatchObject({
      type: 'urn:gradwire:problem:not_found',
      detail: expect.stringContaining(words),
    });
    expect((await get(`/v1/${path}/curve.svg`)).statusCode).toBe(404);
  });

  it('is kept by who has it', async () => {
    const url = '/v1/activations/relu/curve?points=2';
    const first = await get(url);
    expect(first.headers['cache-control']).toMatch(/max-age=\d+/);
    const tag = String(first.headers.etag);
    expect(tag).toMatch(/^W\/"[\w-]+"$/);
    for (const known of [tag, tag.replace('W/', ''), `"x", ${tag}`, '*']) {
      const again = await get(url, { 'if-none-match': known });
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', tag]);
    }
    expect((await get(url, { 'if-none-match': '"x"' })).statusCode).toBe(200);
    expect((await get(url.replace('2', '9'))).headers.etag).not.toBe(tag);
    expect((await get(url, { accept: 'image/svg+xml' })).headers.etag).not.toBe(tag);
    expect(first.headers.vary).toContain('Accept');
    const head = await app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, '', tag]);
  });

  it('is given in what forms there are', async () => {
    const url = '/v1/activations/relu/curve';
    const typeOf = async (accept: string) => (await get(url, { accept })).headers['content-type'];
    expect(await typeOf('image/svg+xml')).toBe('image/svg+xml');
    expect(await typeOf('image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8')).toBe('image/svg+xml');
    expect(await typeOf('*/*')).toMatch('application/json');
    expect((await get(url, { accept: 'text/csv' })).statusCode).toBe(406);
  });
});

describe('the picture of a curve', () => {
  it.each(paths.flatMap((path) => ['light', 'dark', 'auto'].map((theme) => [path, theme])))(
    '%s is drawn for a %s reader, with words for all',
    async (path, theme) => {
      const { statusCode, headers, body } = await get(asPicture(path, `theme=${theme}`));
      expect([statusCode, headers['content-type']]).toEqual([200, 'image/svg+xml']);
      expect(body.length).toBeLessThan(50_000);
      expect(body).toMatch(/^<svg [^>]*role="img" aria-labelledby="/);
      expect(body).toMatch(/<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/);
      expect(body).not.toMatch(/NaN|Infinity|undefined|\\[a-z]+/);
      expect(body).not.toContain('<script');
      expect(body.includes('prefers-color-scheme:dark')).toBe(theme === 'auto');
      // It is well-formed, and can be drawn.
      expect(new Resvg(body, { font: { loadSystemFonts: false } }).render().width).toBe(720);
    },
  );

  it('is as large as was asked for, however small', async () => {
    for (const [width, height] of [
      [100, 100],
      [100, 4000],
      [333, 250],
      [4000, 100],
    ]) {
      const { body } = await get(asPicture('/v1/activations/softmax/curve', `width=${width}&height=${height}`));
      expect(body).toContain(`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`);
      expect(body).not.toMatch(/(?:width|height|r|font-size)="-/);
    }
  });

  it('has signs at breaks: circles at both slopes, a dot at the value, dashes at a pole, hatches outside', async () => {
    const drawn = async (path: string): Promise<string> => (await get(asPicture(path))).body;
    const relu = await drawn('/v1/activations/relu/curve');
    expect(relu.match(/<circle [^>]*class="paper s1"/g)).toHaveLength(2);
    expect(relu.match(/<circle [^>]*class="t1"/g)).toHaveLength(1);
    expect(relu).toContain('has a kink: the slope is 0 on the left and 1 on the right; PyTorch takes 0 there');
    expect(relu).not.toContain('stroke-dasharray');
    expect(relu).not.toContain('outside the domain');
    const poisson = await drawn('/v1/losses/poisson_nll_loss/curve?log_input=false&eps=0.25');
    expect(poisson.match(/stroke-dasharray="6 4"/g)).toHaveLength(2);
    expect(poisson.match(/outside the domain/g)).toHaveLength(2);
    expect(poisson).toContain('has a pole');
    const tanh = await drawn('/v1/activations/tanh/curve');
    expect(tanh).not.toContain('<circle');
  });

  it('names the call, and the formula in letters', async () => {
    const { body } = await get('/v1/activations/softplus/curve.svg?beta=2&threshold=3');
    expect(body).toContain('>softplus(x, beta=2, threshold=3)</text>');
    expect(body).toContain('if β x &gt; threshold');
    const escaped = await get('/v1/activations/threshold/curve.svg?threshold=1&value=2');
    expect(escaped.body).toContain('[x &gt; threshold]');
  });

  it('keeps apart what stands in one page', async () => {
    const ids = await Promise.all(
      ['/v1/activations/relu/curve', '/v1/activations/relu/curve?from=-1', '/v1/activations/elu/curve'].map(
        async (path) => /id="(curve-\w+)"/.exec((await get(asPicture(path))).body)?.[1],
      ),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('is as the README shows it (else: npm test -- test/http/curves.test.ts -u)', async () => {
    const { body } = await get('/v1/activations/selu/curve.svg');
    await expect(body).toMatchFileSnapshot('../../docs/selu.svg');
  });
});
