/** Proofs of what modules compute. */
import { type Proof, RESET } from './proof.ts'

export const ARITHMETIC: readonly Proof[] = [
  {
    name: 'divider',
    module: 'divider',
    parameters: { DivisorBits: 20, QuotientBits: 15 },
    clause: 'A-8, division',
    says: 'the quotient is the floor, in its cycle, whatever was asked before',
    assumes: ['The quotient fits, which box_decode sees to.'],
    engine: 'induction',
    depth: 3,
    reach: 18,
    broken: [
      { fault: 'the divisor has to be exceeded', from: 'trial >= {', to: 'trial > {' },
      { fault: 'a step too few', from: "StepBits'(QuotientBits);", to: "StepBits'(QuotientBits - 1);" },
      {
        fault: 'the remainder is not reduced',
        from: "DivisorBits'(trial - {1'b0, divisor_q})",
        to: 'trial[DivisorBits-1:0]',
      },
    ],
  },
  {
    name: 'requantise',
    module: 'requantise',
    sources: ['round_code'],
    parameters: { Lanes: 2 },
    clause: 'A-4, product',
    says: 'what is rounded is (sum + B) · M and s, three cycles later, in every lane',
    assumes: [RESET],
    engine: 'induction',
    depth: 4,
    reach: 6,
    broken: [
      {
        fault: 'the upper product is unsigned',
        from: 'high[i] = $signed(acc1[i][31:17])',
        to: "high[i] = $signed({1'b0, acc1[i][31:18]})",
      },
      { fault: 'no bias', from: 'acc = sum + bias;', to: 'acc = sum;' },
      {
        fault: 'the carry between the products is lost',
        from: "high + (16 + PartBits)'(low >> 17)",
        to: 'high',
      },
    ],
  },
  {
    name: 'round_code',
    module: 'round_code',
    parameters: { Lanes: 1 },
    clause: 'A-4, rounding',
    says: 'the code is clamp(Z + ⌊(value + h) / 2^s⌋, 0, max), five cycles later',
    assumes: [
      RESET,
      'Z and max hold while there are beats; s is at most 47.',
      'The value is within ±2^47, as (sum + B) · M is.',
    ],
    engine: 'induction',
    depth: 7,
    reach: 9,
    broken: [
      { fault: 'half is a whole', from: "(Width'(1) << s) >> 1", to: "Width'(1) << s" },
      {
        fault: 'what is far below is the largest code',
        from: 'near ? code[Code-1] : negative',
        to: 'near && code[Code-1]',
      },
      {
        fault: 'rounding towards zero',
        from: 'raised[i] >>> shift2[i]',
        to: "raised[i] / $signed(Width'(1) << shift2[i])",
      },
    ],
  },
  {
    name: 'add_codes',
    module: 'add_codes',
    sources: ['requantise', 'round_code'],
    before: "    wire unused = &{1'b0, multiplier_y_i, shift_a_i, shift_b_i};",
    parameters: { Lanes: 2 },
    clause: 'A-6, sum of products',
    says: 'what is rounded is (a - Z_a) · M_a + (b - Z_b) · M_b, three cycles later, in every lane',
    assumes: [RESET],
    engine: 'induction',
    depth: 4,
    reach: 6,
    broken: [
      {
        fault: 'M of the other operand',
        from: "b[i] * $signed({1'b0, multiplier_b_i})",
        to: "b[i] * $signed({1'b0, multiplier_a_i})",
      },
      {
        fault: 'no zero point',
        from: "$signed({1'b0, a_i[i*CodeBits+:CodeBits]}) - $signed({1'b0, zero_a_i})",
        to: "$signed({1'b0, a_i[i*CodeBits+:CodeBits]})",
      },
      {
        fault: 'the sum is a difference',
        from: "Sum'(scaled_a[i]) + Sum'(scaled_b[i])",
        to: "Sum'(scaled_a[i]) - Sum'(scaled_b[i])",
      },
    ],
  },
  {
    name: 'activation_table',
    module: 'activation_table',
    parameters: { Lanes: 2, TableBits: 6, ActivationBits: 6 },
    clause: 'A-5, table',
    says: 'the code is what was last written for the index, or the index itself without a table, two cycles later',
    assumes: [],
    engine: 'induction',
    depth: 4,
    reach: 6,
    broken: [
      {
        fault: 'the index is one too large',
        from: 'mem[index_i[i*TableBits+:TableBits]]',
        to: "mem[index_i[i*TableBits+:TableBits] + 1'b1]",
      },
      {
        fault: 'the table of a later beat',
        from: 'table_q ? entry : code',
        to: 'table_i ? entry : code',
      },
      {
        fault: 'the first lane gets all writes',
        from: 'if (write_valid_i) mem',
        to: 'if (write_valid_i && i == 0) mem',
      },
    ],
  },
]
