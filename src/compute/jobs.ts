/** What the threads of the service are asked for: stateless computing requests, and what is done in workspaces. */

import type { AnswerOptions, AnswerType } from '../answer/answer.ts';
import type { Parcel } from '../codec/parcel.ts';
import type { DocumentType } from '../codec/read-body.ts';
import type { ExplainSettings } from './explain/explain.ts';
import type { PictureFormatName, PictureOptions } from './picture/draw.ts';
import type { Times } from './timing.ts';

export const TENSOR_FORMS = ['json', 'npy', 'safetensors'] as const;
export type TensorForm = (typeof TENSOR_FORMS)[number];

/** A stateless computing request: its body as it came over the wire, travelling beside it, or as it was read;
 * of a file, what is asked of it. */
export interface ComputeRequest {
  /** Which request it is, by its key in the table of routes. */
  readonly route: string;
  /** The media type that is wanted most: a document's, or another one that the route answers. */
  readonly answerType: string;
  /** A model that the request may name, in the words of who carries it out. */
  readonly model?: unknown;
  readonly form: { readonly bytes: DocumentType } | { readonly parcel: Parcel } | { readonly file: object };
}

export interface PutJob {
  readonly kind: 'put';
  readonly name: string;
  readonly body: Uint8Array;
  /** Null for the bytes of a .npy or .safetensors file, which tell themselves apart. */
  readonly type: DocumentType | null;
}

/** Something to be done in a workspace. */
export type WorkspaceJob =
  | { readonly kind: 'cell'; readonly code: string; readonly options: AnswerOptions }
  | { readonly kind: 'describe' }
  | { readonly kind: 'graph'; readonly of: string; readonly options: AnswerOptions }
  | {
      readonly kind: 'picture';
      readonly of: string;
      readonly format: PictureFormatName;
      readonly options: PictureOptions;
    }
  | {
      readonly kind: 'explain';
      /** The body as it was read. */
      readonly parcel: Parcel;
      readonly settings: ExplainSettings;
      readonly options: AnswerOptions;
      readonly form: AnswerType;
    }
  | { readonly kind: 'tensors'; readonly form: 'json' | 'safetensors' }
  | { readonly kind: 'get'; readonly name: string; readonly form: TensorForm; readonly options: AnswerOptions }
  | PutJob;

/** What a job gives. */
export interface JobResult {
  readonly body: string | Uint8Array;
  /** Of a body that is no document. */
  readonly mediaType?: string;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of a body: plain data, of which the document is still to be written. */
  readonly value?: unknown;
  readonly times?: Times;
  /** In place of a body: the error answer, in the words of who carries out the request. */
  readonly refusal?: unknown;
  /** The name of a model that is to be sent along; the body is the request's own then. */
  readonly needs?: string;
  /** Elements that came in and that go out. */
  readonly elements: number;
  /** Elements that the workspace holds now. */
  readonly held?: number;
  /** Cells that the workspace has run. */
  readonly executions?: number;
  /** The filled part of the thread's heap. */
  readonly heap?: number;
}

/** A job as it travels to a thread: what it is, and the bytes that move there. */
export interface Travelling {
  readonly kind: 'compute' | 'workspace';
  readonly affinity?: string;
  readonly body?: Uint8Array;
  readonly payload: unknown;
}

export const computeJob = (request: ComputeRequest, body?: Uint8Array): Travelling => ({
  kind: 'compute',
  body,
  payload: request,
});

export function workspaceJob(workspace: string, job: WorkspaceJob): Travelling {
  if (job.kind !== 'put') return { kind: 'workspace', affinity: workspace, payload: job };
  const { body, ...payload } = job;
  return { kind: 'workspace', affinity: workspace, body, payload };
}

/** Whether a job runs a cell, as it travels. */
export const isCell = ({ payload }: { readonly payload?: unknown }): boolean =>
  (payload as WorkspaceJob).kind === 'cell';

/** A result with the time that it waited for its thread among its times. */
export function withWait(result: JobResult & { readonly waitedMs: number }): JobResult {
  const { waitedMs, times, ...rest } = result;
  return times === undefined ? rest : { ...rest, times: { ...times, queue: waitedMs } };
}
