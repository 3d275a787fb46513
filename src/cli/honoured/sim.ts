/** Kinds of run of `assay sim`. */
import { all, ON_IMAGE, OUTPUT, Q_NMS, type RunKind, without } from './run-kind.ts'

const LAYERS = [
  'layers',
  'mode',
  'simulator',
  'result-folder',
  'data-folder',
  'progress-file',
  'plan-identity',
  'report',
  'waveform',
]
const SIM = [
  ...ON_IMAGE,
  ...Q_NMS,
  ...LAYERS,
  'pictures',
  'rtl',
  'array',
  'module',
  'frozen',
  'shard',
  'seeds',
  'stimulus',
  'jobs',
]
const SIM_ALL = [...SIM, 'prepare', 'watch']

export const SIM_KINDS: readonly RunKind[] = [
  all('assay sim', SIM_ALL),
  {
    what: 'a run of your own module (--module)',
    applies: ({ module }) => module !== undefined,
    honours: [
      ...ON_IMAGE,
      'module',
      'frozen',
      'layers',
      'simulator',
      'report',
      'result-folder',
      'progress-file',
      'plan-identity',
      'shard',
      'seeds',
      'prepare',
      'jobs',
      'waveform',
      'mode',
      'pictures=false',
    ],
    why: 'it has no array, boxes or pictures of ours',
  },
  {
    what: 'a run on a frozen set (--frozen)',
    applies: ({ frozen }) => frozen !== undefined,
    honours: [
      'frozen',
      // That of the set again: a file has the functions that the set only names.
      'profile',
      'module',
      'config',
      'rtl',
      'array',
      'shard',
      'seeds',
      'stimulus',
      'jobs',
      'prepare',
      'watch',
      'pictures=false',
      ...LAYERS,
      ...OUTPUT,
    ],
    why: 'model, image, bits and settings of q_NMS are those of the set, and it has no picture to draw on',
  },
  {
    what: 'a chained run (--mode chained)',
    applies: ({ mode, module }) => mode === 'chained' && module === undefined,
    honours: without(SIM_ALL, 'layers', 'shard', 'seeds', 'jobs'),
    why: 'it runs the whole network once, from the image',
  },
  {
    what: 'a chained run of your own module (--mode chained)',
    applies: ({ mode, module }) => mode === 'chained' && module !== undefined,
    honours: without(SIM_ALL, 'shard', 'seeds', 'jobs'),
    why: 'it runs all layers that it claims once, in one run',
  },
  {
    what: 'a run under Icarus (--simulator icarus)',
    applies: ({ simulator }) => simulator === 'icarus',
    honours: [...without(SIM_ALL, 'seeds', 'waveform', 'stimulus'), 'waveform=false', 'stimulus=image'],
    why: 'registers begin as x there, it is slow, and no waveform is recorded',
  },
  {
    what: 'a run in parts (--shard, --seeds)',
    applies: ({ shard, seeds }) => shard !== undefined || seeds !== undefined,
    honours: [...without(SIM_ALL, 'stimulus'), 'stimulus=image'],
    why: 'generated stimulus runs once, for the whole',
  },
  {
    what: '--prepare',
    applies: ({ prepare }) => prepare === true,
    honours: [...SIM, 'prepare'],
    why: 'it ends before the first cycle',
  },
]
