/** Which options `assay probe` honours: of a module, and of a bench that gives codes itself. */
import { all, type RunKind } from './run-kind.ts'

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

export const PROBE_KINDS: readonly RunKind[] = [
  all('assay probe', ['bench', ...PROBE]),
  {
    what: 'a bench (--bench)',
    applies: ({ bench }) => bench !== undefined,
    honours: PROBE_BENCH,
    why: 'it gives the codes itself, and says what it takes',
  },
]
