/** What of the project bears on each clause of docs/arithmetic.md. */

export interface Clause {
  readonly id: string
  readonly title: string
  /** Rules of the coverage of meaning (src/stimulus/summary.ts). */
  readonly rules: readonly string[]
  /** Independent implementations in software, by the files that hold them. */
  readonly implementations: readonly Implementation[]
  /** Modules of rtl/ that compute it. */
  readonly modules: readonly string[]
}

interface Implementation {
  readonly name: 'specification' | 'engine' | 'onnxruntime' | 'profile stages' | 'generator'
  readonly file: string
}

const specification = (file: string): Implementation => ({ name: 'specification', file })
const ENGINE: Implementation = { name: 'engine', file: 'src/golden/engine.ts' }
const FAST_HEAD: Implementation = { name: 'engine', file: 'src/golden/head-fast.ts' }
const ORACLE: Implementation = { name: 'onnxruntime', file: 'test/quantise/oracle.test.ts' }
const STAGES: Implementation = { name: 'profile stages', file: 'src/arithmetic/run-stages.ts' }

export const CLAUSES: readonly Clause[] = [
  {
    id: 'A-1',
    title: 'Activations',
    rules: [],
    implementations: [{ name: 'generator', file: 'src/image/planes.ts' }, ORACLE],
    modules: [],
  },
  {
    id: 'A-2',
    title: 'Weights',
    rules: [],
    implementations: [{ name: 'generator', file: 'src/quantise/weights.ts' }, ORACLE],
    modules: [],
  },
  {
    id: 'A-3',
    title: 'Accumulate',
    rules: ['accumulator bits', 'accumulator overflows', 'padding taps'],
    implementations: [specification('src/golden/accumulate.ts'), ENGINE, ORACLE],
    modules: ['tile_walker', 'pixel_align', 'mac_array'],
  },
  {
    id: 'A-4',
    title: 'Requantise',
    rules: ['rounding ties', 'rounding ties below 0', 'clamped low', 'clamped high'],
    implementations: [specification('src/golden/fixed-point.ts'), STAGES, ENGINE, ORACLE],
    modules: ['requantise', 'round_code'],
  },
  {
    id: 'A-5',
    title: 'Activation',
    rules: ['table entries'],
    implementations: [specification('src/golden/conv.ts'), ENGINE, ORACLE],
    modules: ['activation_table'],
  },
  {
    id: 'A-6',
    title: 'Add',
    rules: [
      'ties of additions',
      'ties of additions below 0',
      'additions saturated low',
      'additions saturated high',
    ],
    implementations: [specification('src/golden/add.ts'), STAGES, ENGINE, ORACLE],
    modules: ['add_codes', 'round_code'],
  },
  {
    id: 'A-7',
    title: 'Concat, slice, max-pool, upsample',
    rules: [],
    implementations: [specification('src/golden/max-pool.ts'), ENGINE, ORACLE],
    modules: ['code_array', 'pixel_align', 'tile_walker'],
  },
  {
    id: 'A-8',
    title: 'Box decode',
    rules: ['negative corners', 'boxes without area'],
    implementations: [specification('src/golden/head-spec.ts'), FAST_HEAD],
    modules: ['box_decode', 'divider'],
  },
  {
    id: 'A-9',
    title: 'Score',
    rules: ['ties of classes'],
    implementations: [specification('src/golden/head-spec.ts'), FAST_HEAD],
    modules: ['class_score'],
  },
  {
    id: 'A-10',
    title: 'q_NMS',
    rules: [
      'no candidate',
      'ties of scores',
      'kept beside the same class',
      'suppressed',
      'overlaps across classes',
      'overlap at the threshold',
      'overlap just over it',
      'overlap just under it',
      'capacity reached',
      'capacity exceeded',
      'max_det reached',
    ],
    implementations: [specification('src/golden/head-spec.ts'), FAST_HEAD],
    modules: ['candidate_sort', 'q_nms'],
  },
]
