/** At which widths the mutants of each module are compared with it. */
import { CUT_COMPARISONS } from './cut-comparisons.ts'
import type { Comparison } from './equivalence.ts'

const CODE = { code_o: 'valid_o' }
const READ = { read_row_o: 'read_valid_o', read_bank_o: 'read_valid_o' }
const CANDIDATE = {
  candidate_code_o: 'candidate_valid_o',
  candidate_class_o: 'candidate_valid_o',
  candidate_place_o: 'candidate_valid_o',
}
const HOST = { host_addr_o: 'host_valid_o', host_data_o: 'host_valid_o' }
const BEAT = { beat_shift_o: 'beat_valid_o', beat_pad_o: 'beat_valid_o' }

export const COMPARISONS: readonly Comparison[] = [
  { module: 'activation_table', parameters: { Lanes: 2, TableBits: 3, ActivationBits: 3 } },
  { module: 'divider', parameters: {} },
  { module: 'requantise', sources: ['round_code'], parameters: { Lanes: 1 }, beside: CODE },
  { module: 'round_code', parameters: { Lanes: 1 }, beside: CODE, assumes: 'round_code' },
  { module: 'add_codes', sources: ['requantise', 'round_code'], parameters: { Lanes: 1 }, beside: CODE },
  {
    module: 'mac_array',
    parameters: { PI: 2, PO: 1, PX: 1 },
    form: 'simulation',
  },
  {
    module: 'pixel_align',
    parameters: { PI: 2, PX: 2, ActivationBits: 4 },
    beside: { data_o: 'moved_p' },
    declares: "  logic moved_p = 1'b0;\n  always_ff @(posedge clk_i) moved_p <= valid_q;\n",
    assumes: 'pixel_align',
  },
  { module: 'code_array', parameters: { PI: 2, PX: 2, ActivationBits: 4 } },
  {
    module: 'tile_walker',
    parameters: { PI: 1, PO: 2, PX: 2, FeatureDepth: 4, WeightDepth: 4, ParamDepth: 2 },
    beside: BEAT,
    assumes: 'tile_walker',
  },
  { module: 'candidate_sort', parameters: { ActivationBits: 2, Capacity: 3, PayloadBits: 2 } },
  {
    module: 'class_score',
    parameters: { PI: 2, PX: 1, ActivationBits: 2, MaxLevels: 2 },
    beside: CANDIDATE,
    assumes: 'class_score',
  },
  {
    module: 'box_decode',
    sources: ['divider'],
    parameters: {},
    beside: { out_data_o: 'out_valid_o', table_addr_o: 'state_q == Level || dropped_q', ...READ },
  },
  { module: 'q_nms', parameters: { MaxDetections: 3, MaxClasses: 2 } },
  {
    module: 'sequencer',
    sources: ['operand_check'],
    parameters: { ProgramDepth: 96, TableBits: 3, ActivationBits: 3 },
  },
  {
    module: 'image_writer',
    parameters: { PI: 12, PX: 1, ActivationBits: 2, FeatureDepth: 8, LineDepth: 4 },
    beside: HOST,
  },
  { module: 'detector_registers', parameters: {} },
  { module: 'weight_cache', parameters: { Width: 16, Depth: 8, DataBits: 32 } },
  ...CUT_COMPARISONS,
]
