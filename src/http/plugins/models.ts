/** The models that the service keeps, and whose they are. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Config } from '../../config.ts';
import { OpenModels } from '../../models/open.ts';
import type { ModelRecord } from '../../models/record.ts';
import { DirectoryModels } from '../../models/store/directory.ts';
import { MemoryModels } from '../../models/store/memory.ts';
import { type KeptModel, type ModelStore, type Owner, referenceOf } from '../../models/store/store.ts';
import { closest } from '../../ops/closest.ts';
import { memoryThereIs } from '../../threads/admission.ts';
import { ProblemError } from '../problem.ts';

/** Of the memory, what all models together may take. */
const PART = 1 / 8;

export interface Models {
  readonly store: ModelStore;
  /** Those that the thread which serves has read. */
  readonly opened: OpenModels;
  readonly maxBytes: number;
  ownerOf(request: FastifyRequest): Owner;
  lookFor(request: FastifyRequest, reference: string): Promise<KeptModel | undefined>;
  /** @throws ProblemError 404 */
  find(request: FastifyRequest, reference: string): Promise<KeptModel>;
  /** The record of a model that is at hand; undefined where it has to be looked for. */
  peek(request: FastifyRequest, reference: string): ModelRecord | undefined;
  /** @throws ProblemError 404 */
  recordFor(request: FastifyRequest, reference: string): Promise<ModelRecord>;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly models: Models;
  }
}

const noModel = (detail: string, suggestion?: string): ProblemError =>
  new ProblemError({ code: 'not_found', title: 'There is no such model', status: 404, detail, suggestion });

export default fp(async (app: FastifyInstance, { config }: { config: Config }) => {
  const memory = config.memoryLimit === 0 ? memoryThereIs() : config.memoryLimit;
  const limits = {
    maxModels: config.maxModels,
    versions: config.modelVersions,
    maxBytes: Math.floor(memory * PART),
  };
  const store: ModelStore =
    config.modelDir === undefined ? new MemoryModels(limits) : new DirectoryModels(config.modelDir, limits);
  // A key is not written anywhere: who reads the directory does not learn it.
  const owners = config.apiKeys.map((key) => createHash('sha256').update(key).digest('hex').slice(0, 16));
  const ownerOf = ({ apiKey }: FastifyRequest): Owner => (apiKey < 0 ? '' : owners[apiKey]);

  async function lookFor(request: FastifyRequest, text: string): Promise<KeptModel | undefined> {
    const reference = referenceOf(text);
    return reference && store.find(ownerOf(request), reference.name, reference.version);
  }

  async function find(request: FastifyRequest, text: string): Promise<KeptModel> {
    const owner = ownerOf(request);
    const reference = referenceOf(text);
    const shown = JSON.stringify(text.slice(0, 200));
    if (reference === undefined) throw noModel(`no model can be called ${shown}`);
    const { name, version } = reference;
    const found = await store.find(owner, name, version);
    if (found !== undefined) return found;
    const newest = version === undefined ? undefined : await store.find(owner, name);
    if (newest !== undefined)
      throw noModel(`version ${version} of "${name}" is not kept; the newest is ${newest.version}`, name);
    const names = (await store.list(owner)).map((one) => one.name);
    const near = closest(name, names);
    throw noModel(`there is no model ${shown}${near === undefined ? '' : `; did you mean "${near}"?`}`, near);
  }

  const models: Models = {
    store,
    opened: new OpenModels(),
    maxBytes: limits.maxBytes,
    ownerOf,
    lookFor,
    find,
    peek(request, text) {
      const reference = referenceOf(text);
      return reference && store.peek?.(ownerOf(request), reference.name, reference.version)?.record;
    },
    recordFor: async (request, reference) => (await find(request, reference)).record,
  };
  app.decorate('models', models);
});
