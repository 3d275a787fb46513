import { expect, test } from 'vitest'
import { chooseArithmetic } from '../../../src/cli/model/quantisation.ts'
import { defaultArguments } from '../../../src/cli/options/check-value.ts'
import { MODEL_OPTIONS, type ModelArguments } from '../../../src/cli/options/shared.ts'
import { widestBits } from '../../../src/quantise/activation-bits.ts'

const choose = (changes: Partial<ModelArguments>) =>
  chooseArithmetic({ ...defaultArguments(MODEL_OPTIONS), ...changes })

test.each<[Partial<ModelArguments>, string]>([
  [{ activationBudget: 5 }, 'activations of 8 bits are given no more: a search goes up to 8.'],
  [{ bits: 8, activationBudget: 8 }, 'activations of 8 bits are given no more'],
  [{ activationBits: 16, activationBudget: 8 }, 'activations of 16 bits are given no more'],
  [
    { bits: 6, tableBits: 6, activationBudget: 6 },
    'activations of 6 bits are given no more: a search goes up to 6.',
  ],
  [{ bits: 4, activationBudget: 3.5 }, 'expected 4 (--activation-bits) to 8, got 3.5'],
  [{ bits: 4, activationBudget: 8.5 }, 'expected 4 (--activation-bits) to 8, got 8.5'],
  [{ bits: 4, activationBudget: Number.NaN }, 'expected 4 (--activation-bits) to 8, got NaN'],
  [{ bits: 4, tableBits: 7, activationBudget: 7.5 }, 'expected 4 (--activation-bits) to 7, got 7.5'],
])('%j is refused by name', (changes, says) => {
  expect(() => choose(changes)).toThrow(`--activation-budget: ${says}`)
})

test('the datapath is as wide as a search may make a tensor', () => {
  const choice = choose({ bits: 4, activationBudget: 4.5 })
  expect(choice.activationBudget).toBe(4.5)
  expect(widestBits(choice)).toEqual({ weightBits: 4, activationBits: 8 })
  expect(widestBits(choose({ bits: 4, tableBits: 7, activationBudget: 7 })).activationBits).toBe(7)
  expect(widestBits(choose({ bits: 4 })).activationBits).toBe(4)
})
