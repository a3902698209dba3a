/** What the threads of the pool run: computing requests by the tables of http, and the cells of workspaces. */
import { ComputeCarrier, type Computing } from '../../compute/carrier.ts';
import { runCode } from '../../compute/code.ts';
import type { Travelling } from '../../compute/jobs.ts';
import type { Limits } from '../../compute/limits.ts';
import { OpenModels } from '../../models/open.ts';
import { serveJobs } from '../../threads/serve.ts';
import { free } from '../../threads/transfer.ts';
import { problemOf } from '../problem-of.ts';
import { carryOutFile, type FileOptions } from './files.ts';
import { type FindModel, ModelNeeded, type SentModel } from './models.ts';
import { carryOut, carryOutParcel } from './route.ts';
import { routesBy } from './table.ts';

const routeOf = routesBy(runCode);
const opened = new OpenModels();

const computing: Computing = {
  carryOut({ route, answerType, form, model }, bytes, scope) {
    const sent = model as SentModel | undefined;
    const find: FindModel = (reference) => (sent?.reference === reference ? opened.open(sent.record) : undefined);
    if ('file' in form)
      return carryOutFile(bytes, form.file as FileOptions, scope, sent?.record, (record) => opened.open(record));
    if ('parcel' in form) return carryOutParcel(routeOf(route), form.parcel, answerType, scope, find);
    let needed = false;
    try {
      return carryOut(routeOf(route), { bytes, type: form.bytes }, answerType, scope, find);
    } catch (error) {
      if (!(error instanceof ModelNeeded)) throw error;
      needed = true;
      return { body: bytes, elements: 0, needs: error.reference };
    } finally {
      if (!needed) free(bytes);
    }
  },
  refusalOf: problemOf,
};

serveJobs((setup) => {
  const carrier = new ComputeCarrier(setup as Limits, computing);
  return {
    carryOut: (job, control) => carrier.carryOut(job as Travelling, control),
    release: (workspace) => carrier.release(workspace),
    packError: carrier.packError,
    rest() {
      opened.clear();
      carrier.rest();
    },
    collect: () => carrier.collect(),
    apart: () => carrier.apart(),
  };
});
