/** The modules that `make mutate` breaks, and the test files that must notice. */
export interface Target {
  readonly module: string
  readonly file: string
  /** In the order in which they are run: what fails soonest first. */
  readonly tests: readonly string[]
}

const axi = ['handshakes', 'registers', 'interrupts', 'reset', 'pictures', 'runs'].map(
  (name) => `detector-axi-${name}`,
)

const tests: Readonly<Record<string, readonly string[]>> = {
  round_code: ['round-code', 'reset'],
  requantise: ['requantise', 'reset', 'profile-requantise'],
  activation_table: ['activation-table'],
  add_codes: ['add-codes', 'reset', 'profile-add'],
  code_array: ['code-array'],
  divider: ['divider', 'reset'],
  feature_memory: ['memories'],
  rom: ['memories'],
  pixel_align: ['pixel-align'],
  mac_array: ['mac-array'],
  tile_drain: ['tile-drain'],
  tile_walker: ['tile-walker'],
  q_nms: ['q-nms-stream', 'q-nms'],
  box_decode: ['box-decode', 'reset', 'head-reset', 'detect-head'],
  candidate_sort: ['candidate-sort'],
  class_score: ['class-score'],
  detect_head: ['head-reset', 'detect-head'],
  operand_check: ['operand-check'],
  sequencer: ['sequencer', 'detector', 'operand-check', 'detector-axi-weights'],
  conv_engine: ['sequencer', 'detector', '../pipeline/rtl-profiles'],
  detector: ['sequencer', 'detector', '../pipeline/bench/detect-edges', 'detector-axi-weights'],
  weight_cache: ['weight-cache', 'detector-axi-weights'],
  detector_registers: ['detector-registers'],
  image_writer: ['image-writer'],
  run_control: ['run-control'],
  box_sender: axi,
}

export const TARGETS: readonly Target[] = Object.entries(tests).map(([module, names]) => ({
  module,
  file: `rtl/${module}.sv`,
  tests: names.map((name) => `test/rtl/${name}.test.ts`),
}))
