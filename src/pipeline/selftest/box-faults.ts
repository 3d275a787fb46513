/** Faults of the detect head: each breaks one rule of in the RTL. */
import type { Edit, PlantedFault } from './planted.ts'

const inFile =
  (file: string) =>
  (from: string, to: string, within?: string): Edit => ({ file, from, to, ...(within && { within }) })
const head = inFile('detect_head.sv')
const scores = inFile('class_score.sv')
const sort = inFile('candidate_sort.sv')
const decode = inFile('box_decode.sv')
const nms = inFile('q_nms.sv')

const one = (what: string, cause: string, ...edits: readonly Edit[]): PlantedFault => ({ what, cause, edits })

export const BOX_FAULTS: readonly PlantedFault[] = [
  one(
    'threshold: > for >=',
    'threshold+1',
    scores("{1'b0, word[i*A+:A]} >= min_code", "{1'b0, word[i*A+:A]} > min_code"),
  ),
  one(
    'threshold one lower',
    'threshold-1',
    head('least_code_q', "least_code_q - (A + 1)'(1)", '.min_code_i(least_code_q)'),
  ),
  one(
    'last of equal classes',
    'class-last',
    scores('upper[A-1:0] > lower[A-1:0]', 'upper[A-1:0] >= lower[A-1:0]'),
    scores('offer_code > best_code_q', 'offer_code >= best_code_q'),
  ),
  one('every class offered', 'multi-label', head('instr_i[assay_pkg::MultiLabel]', "1'b1")),
  one(
    'class one too high',
    'class+1',
    scores("offer_tag[9:0] + 10'(offer_lane)", "offer_tag[9:0] + 10'(offer_lane) + 10'd1"),
  ),
  one(
    'no test of the class',
    'class-ignored',
    nms('in_data_i[64+:ClassBits]', "'0", 'heads[in_data_i[64+:ClassBits]]'),
    nms('box_q[64+:ClassBits]', "'0", 'heads[box_q[64+:ClassBits]]'),
    nms('entry_class_q == box_q[64+:ClassBits]', "1'b1"),
  ),
  one(
    'IoU factor one higher',
    'iou+1',
    head('instr_i[assay_pkg::IouThreshold+:11]', "instr_i[assay_pkg::IouThreshold+:11] + 11'd1"),
  ),
  one('IoU of 0.5', 'iou-0.5', nms('threshold_i[5:0]', "6'd0"), nms('threshold_i[10:6]', "5'd8")),
  one(
    "the box's own area as union",
    'union-own',
    nms("33'(entry_area_q) + 33'(area_q) - 33'(inter_q)", "33'(area_q)"),
  ),
  one('no suppression', 'none-suppressed', nms('stage_q[Stages-1] && verdict_q', "1'b0")),
  one(
    'ascending codes',
    'ascending',
    head('candidate_code', '~candidate_code', '_i(candidate_code)'),
    head('entry[A-1:0]', '~entry[A-1:0]'),
  ),
  one(
    'ties: the higher anchor first',
    'ties-later',
    sort(
      'saturate(above_q)',
      "saturate(above_q + SumBits'(work_counter_q))",
      'rank_work_q ? saturate(above_q)',
    ),
    sort(
      "full ? counter : counter + 1'b1",
      "work_place_q ? counter - 1'b1 : full ? counter : counter + 1'b1",
    ),
    sort('counter[AddrBits-1:0]', "AddrBits'(counter - 1'b1)", 'entries[counter[AddrBits-1:0]]'),
  ),
  one(
    'maximum without its upper bits',
    'maximum-truncated',
    head('max_detections[15:0]', "16'(max_detections[4:0])", ': max_detections[15:0])'),
  ),
  one('no score table', 'score-code', decode('table_data_i', "16'(code_q)", 'score_q <= table_data_i;')),
  one('score table one too high', 'score-index+1', decode("{1'b1, code_q}", "{1'b1, code_q + A'(1)}")),
  one('no half in the distance', 'half-missing', decode("scaled_q + 35'(divisor_q[19:1])", 'scaled_q')),
  one('E one too high', 'exp-index+1', decode("16'(drop_q)", "16'(A'(drop_q + A'(1)))")),
  one(
    "the cell's corner for its centre",
    'centre-corner',
    decode("16'({x, 1'b1})", "16'({x, 1'b0})"),
    decode("16'({y, 1'b1})", "16'({y, 1'b0})"),
  ),
  one('x1 one too high', 'x1+1', decode("centre_x_q + 16'(distance)", "centre_x_q + 16'(distance) + 16'd1")),
  one("y of the cell's corner", 'centre-corner-y', decode("16'({y, 1'b1})", "16'({y, 1'b0})")),
  one(
    'stride of the first level',
    'stride-first',
    decode('log2_stride', 'levels_i[assay_pkg::LevelLog2Stride+:3]', 'stride_q <= log2_stride;'),
  ),
  one(
    'left and right exchanged',
    'left-right',
    decode('sum_side', "sum_side[0] ? sum_side : sum_side ^ 3'd6", 'case (sum_side)'),
  ),
  one('distances of x and y exchanged', 'sides-xy', decode('sum_side', "sum_side ^ 3'd1", 'case (sum_side)')),
]
