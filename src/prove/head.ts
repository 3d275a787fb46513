/** Proofs of the detect head: candidates, their order, and which boxes are kept. */
import type { Proof } from './proof.ts'

export const HEAD: readonly Proof[] = [
  {
    name: 'class_score',
    module: 'class_score',
    parameters: { PI: 2, PX: 1, ActivationBits: 2, MaxLevels: 2 },
    clause: 'A-9, A-10.1, candidates',
    says: 'of every anchor come the candidates of the clause, each once, in order, with code and place, whatever the codes are',
    assumes: [
      'One or two levels of one or two pixels a side, up to three classes, and planes and lines anywhere in eight rows.',
      'A run begins with a reset, and is not reset later.',
    ],
    engine: 'bounded',
    depth: 23,
    reach: 23,
    broken: [
      {
        fault: 'the upper lane wins a draw',
        from: 'upper[A-1:0] > lower[A-1:0]',
        to: 'upper[A-1:0] >= lower[A-1:0]',
      },
      {
        fault: 'the later block wins a draw',
        from: 'offer_first || offer_code > best_code_q',
        to: 'offer_first || offer_code >= best_code_q',
      },
      {
        fault: 'min_code itself is too little',
        from: "{1'b0, word[i*A+:A]} >= min_code",
        to: "{1'b0, word[i*A+:A]} > min_code",
      },
      {
        fault: 'a lane beyond the last class is looked at',
        from: "below[i] = 11'(i) < count",
        to: "below[i] = 11'(i) <= count",
      },
    ],
  },
  {
    name: 'candidate_sort',
    module: 'candidate_sort',
    parameters: { ActivationBits: 2, Capacity: 3, PayloadBits: 2 },
    clause: 'A-10.2, A-10.3, order',
    says: 'of four candidates with any codes each has the entry of the total order, and the fourth none',
    assumes: ['Both passes send the same four candidates, with up to three cycles between them in all.'],
    engine: 'bounded',
    depth: 31,
    reach: 31,
    broken: [
      {
        fault: 'of equal codes the later one is first',
        from: "full ? counter : counter + 1'b1",
        to: "full ? counter : counter - 1'b1",
      },
      {
        fault: 'the counter of the cycle before is not seen',
        from: 'near_q ? write_counter_q',
        to: "1'b0 ? write_counter_q",
      },
      {
        fault: 'the smallest code first',
        from: "if (clear_i || rank_i) walk_q <= '1;\n    else if (clearing_q || ranking_q) walk_q <= walk_q - 1'b1;",
        to: "if (clear_i) walk_q <= '1;\n    else if (rank_i) walk_q <= '1;\n    else if (clearing_q || ranking_q) walk_q <= walk_q - 2'd3;",
      },
    ],
  },
  {
    name: 'q_nms',
    module: 'q_nms',
    parameters: { MaxDetections: 2, MaxClasses: 2 },
    clause: 'A-10.5, end',
    says: 'a box that is taken is decided within 19 + MaxDetections cycles, and never are more kept than max_det and the memory allow',
    assumes: [
      'A run begins with a reset, and is not reset later.',
      'max_det is 1 at least and holds between clears.',
      'What the comparison of two boxes finds is free.',
    ],
    free: ['verdict_q'],
    engine: 'reachability',
    depth: 0,
    reach: 60,
    broken: [
      {
        fault: 'a box is never kept',
        from: 'else if (!pipe_busy) state_d = Keep;',
        to: 'else if (pipe_busy) state_d = Compare;',
      },
      {
        fault: 'one more than max_det is kept',
        from: "16'(count_q) >= limit_i",
        to: "16'(count_q) > limit_i",
      },
    ],
  },
  {
    name: 'q_nms_greedy',
    module: 'q_nms',
    parameters: { MaxDetections: 3, MaxClasses: 2 },
    clause: 'A-10.5, greedy rule',
    says: 'a box is kept unless a kept box of its class suppresses it; kept boxes stand in the order in which they came',
    assumes: [
      'A run begins with a reset, and is not reset or cleared later; four boxes at most come.',
      'max_det is 1 at least and holds.',
      'Which box suppresses which is free, and the same in all of a run.',
    ],
    free: ['verdict_q'],
    engine: 'bounded',
    depth: 56,
    reach: 56,
    broken: [
      {
        fault: 'boxes of another class suppress',
        from: 'arrived_q && (same || !first_q)',
        to: 'arrived_q',
      },
      {
        fault: 'the second of a class is not met',
        from: 'more = first_met ? entry_link_q[IndexBits] :',
        to: "more = first_met ? 1'b0 :",
      },
      {
        fault: 'the newest of a class is not noted',
        from: 'heads[box_q[64+:ClassBits]] <= count_q',
        to: 'heads[0] <= count_q',
      },
    ],
  },
  {
    name: 'q_nms_overlap',
    module: 'q_nms',
    parameters: { MaxDetections: 2, MaxClasses: 2 },
    clause: 'A-10.4, overlap',
    says: 'what the comparison finds is inter · 2^10 > T · union, 11 stages later, for any corners of 16 bits',
    assumes: [],
    engine: 'induction',
    depth: 2,
    reach: 24,
    broken: [
      { fault: 'the intersection counts twice', from: "33'(area_q) - 33'(inter_q)", to: "33'(area_q)" },
      { fault: 'equal is more', from: '<< 10) > union_side_q', to: '<< 10) >= union_side_q' },
      { fault: 'sides may be negative', from: 'span = hi > lo ? hi - lo', to: "span = 1'b1 ? hi - lo" },
    ],
  },
  {
    name: 'box_decode',
    module: 'box_decode',
    sources: ['divider'],
    parameters: {},
    clause: 'A-8, expectation',
    says: 'all bins of a side, each once, are in its sums when it is divided; sums, dividend and corners are those of the clause; what a box is of stays until it is taken',
    assumes: [
      'A run begins with a reset of seven cycles; later ones may come at any time, and be of one cycle.',
      'The number of bins, 1 to 16, holds.',
    ],
    engine: 'induction',
    depth: 1,
    reach: 62,
    broken: [
      {
        fault: 'the last bin of a side is left out',
        from: "wire sum = state_q == Sides && sum_q[7:6] == '0 && {1'b0, sum_q[3:0]} < bins_i;",
        to: "wire sum = state_q == Sides && sum_q[7:6] == '0 && {1'b0, sum_q[3:0]} < bins_i - 5'd1;",
      },
      {
        fault: 'the division begins a cycle too early',
        from: "sum_q[3:0] == 4'd8 &&",
        to: "sum_q[3:0] == 4'd7 &&",
      },
      {
        fault: 'the smallest logit is subtracted',
        from: 'largest_q - bin_code_q',
        to: 'bin_code_q - largest_q',
      },
      {
        fault: 'sides are added up',
        from: "product_first_q <= exp_bin_q == '0",
        to: "product_first_q <= 1'b0",
      },
      { fault: 'half of the divisor is not added', from: "scaled_q + 35'(divisor_q[19:1])", to: 'scaled_q' },
    ],
  },
]
