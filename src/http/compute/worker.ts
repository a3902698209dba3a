/** What the threads of the pool run: computing requests by the tables of http, and the cells of workspaces. */
import { ComputeCarrier, type Computing } from '../../compute/carrier.ts';
import { runCode } from '../../compute/code.ts';
import type { Travelling } from '../../compute/jobs.ts';
import type { Limits } from '../../compute/limits.ts';
import { serveJobs } from '../../threads/serve.ts';
import { free } from '../../threads/transfer.ts';
import { problemOf } from '../problem-of.ts';
import { carryOutFile, type FileOptions } from './files.ts';
import { carryOut, carryOutParcel } from './route.ts';
import { routesBy } from './table.ts';

const routeOf = routesBy(runCode);

const computing: Computing = {
  carryOut({ route, answerType, form }, bytes, scope) {
    if ('file' in form) return carryOutFile(bytes, form.file as FileOptions, scope);
    if ('parcel' in form) return carryOutParcel(routeOf(route), form.parcel, answerType, scope);
    try {
      return carryOut(routeOf(route), { bytes, type: form.bytes }, answerType, scope);
    } finally {
      free(bytes);
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
    rest: () => carrier.rest(),
    collect: () => carrier.collect(),
    apart: () => carrier.apart(),
  };
});
