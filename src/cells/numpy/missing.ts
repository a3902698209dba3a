/** What NumPy has and is not there yet: said by its name when it is called. */
import { NativeFunction, type Value } from '../runtime/values.ts';
import { notYet } from './types.ts';

// biome-ignore format: a list
export const MISSING: readonly string[] = [
  'ComplexWarning', 'DataSource', 'ModuleDeprecationWarning', 'RankWarning', 'TooHardError', 'VisibleDeprecationWarning', 'asarray_chkfinite', 'asfortranarray',
  'asmatrix', 'block', 'bmat', 'broadcast', 'busday_count', 'busday_offset', 'busdaycalendar', 'bytes_',
  'cast', 'cdouble', 'cfloat', 'chararray', 'clongdouble', 'clongfloat', 'common_type', 'compare_chararrays',
  'complex128', 'complex256', 'complex64', 'complex_', 'complexfloating', 'csingle', 'datetime64', 'datetime_as_string',
  'datetime_data', 'diag_indices_from', 'einsum_path', 'find_common_type', 'float128', 'format_parser', 'frexp', 'from_dlpack',
  'frombuffer', 'fromfile', 'fromregex', 'genfromtxt', 'getbufsize', 'geterrcall', 'histogramdd', 'imag',
  'is_busday', 'iscomplex', 'isfortran', 'isnat', 'issctype', 'issubclass_', 'issubsctype', 'kaiser',
  'load', 'loadtxt', 'longcomplex', 'longdouble', 'longfloat', 'mask_indices', 'mat', 'matrix',
  'maximum_sctype', 'memmap', 'mintypecode', 'nbytes', 'nditer', 'nested_iters', 'obj2sctype', 'packbits',
  'poly', 'poly1d', 'polyadd', 'polydiv', 'polysub', 'put_along_axis', 'real_if_close', 'recarray',
  'recfromcsv', 'recfromtxt', 'record', 'require', 'save', 'savetxt', 'savez', 'savez_compressed',
  'sctype2char', 'sctypeDict', 'sctypes', 'setbufsize', 'seterrcall', 'singlecomplex', 'sort_complex', 'string_',
  'timedelta64', 'tril_indices_from', 'trim_zeros', 'triu_indices_from', 'typecodes', 'typename', 'uint', 'uint16',
  'uint32', 'uint64', 'uintc', 'uintp', 'ulonglong', 'unpackbits', 'ushort', 'void',
];

export const SPECTRA: readonly string[] = [
  ...['fft', 'ifft', 'fft2', 'ifft2', 'fftn', 'ifftn', 'rfft', 'irfft', 'rfft2', 'irfft2', 'hfft', 'ihfft'],
];

export const missingMembers = (module: string, names: readonly string[]): [string, Value][] =>
  names.map((name) => [
    name,
    new NativeFunction(name, () => {
      throw notYet(`${module}${name}`);
    }),
  ]);
