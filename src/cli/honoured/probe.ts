/** Which options `assay probe` honours: of a requantiser, of a bench that gives codes itself, and of a whole layer. */
import { all, ON_IMAGE, type RunKind } from './run-kind.ts'

const PROBE_BENCH = [
  'bench',
  'multipliers',
  'shifts',
  'zero-points',
  'profile',
  'seed',
  'out',
  'force',
  'json',
  'quiet',
]
const PROBE = [
  ...PROBE_BENCH.slice(1),
  ...[
    'top',
    'sources',
    'acc',
    'code',
    'multiplier',
    'shift',
    'zero-point',
    'scale',
    'valid',
    'ready',
    'done',
  ],
  ...['set', 'clock', 'latency', 'within-cycles', 'bits', 'parameter', 'include', 'define'],
]

const PROBE_LAYER = [...ON_IMAGE, 'module', 'layer', 'seed', 'force']

export const PROBE_KINDS: readonly RunKind[] = [
  all('assay probe', ['bench', ...PROBE, ...PROBE_LAYER]),
  {
    what: 'a bench (--bench)',
    applies: ({ bench }) => bench !== undefined,
    honours: PROBE_BENCH,
    why: 'it gives the codes itself, and says what it takes',
  },
  {
    what: 'a whole layer (--module)',
    applies: ({ module }) => module !== undefined,
    honours: PROBE_LAYER,
    why: 'its configuration says what its ports are, and the model what it is given',
  },
  {
    what: 'a requantiser alone',
    applies: ({ module, bench }) => module === undefined && bench === undefined,
    honours: PROBE,
    why: 'no model takes part',
  },
]
