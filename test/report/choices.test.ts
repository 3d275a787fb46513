/** What refinement chose for each layer, as text. */
import { expect, test } from 'vitest'
import { type Choices, renderChoices, renderLearning } from '../../src/report/choices.ts'

const choices: Choices = {
  ...{ images: 8, heldBack: 2, kept: 'chosen', outputError: { chosen: 0.1234, fast: 0.3 } },
  layers: [
    { layer: 'model.0', ridge: null, damping: 0.001, nearest: 10, chosen: 1 },
    { layer: 'model.1.conv', ridge: 0.3, damping: 0.01, nearest: 2, chosen: 1 },
    { layer: 'model.2', ridge: null, damping: null, nearest: 3, chosen: 3 },
    { layer: 'exact', ridge: null, damping: null, nearest: 0, chosen: 0 },
    { layer: 'cured', ridge: 1, damping: 0.1, nearest: 1, chosen: 0 },
  ],
}

test('the choices of a network: each layer, and which network is kept', () => {
  expect(renderChoices(choices)).toEqual([
    '',
    'Weights were chosen on 2 of 8 images, held back from the fit. The gain is on',
    'these, against nearest codes with bias correction.',
    'Error of the scores and boxes on them: 12.3 % with these choices,',
    '30.0 % with the weights of --effort fast. Kept: these choices.',
    '',
    'weights       ridge  damping      gain',
    '────────────  ─────  ───────  ────────',
    'model.0           -    0.001  10.00 dB',
    'model.1.conv    0.3     0.01   3.01 dB',
    'model.2           -        -   0.00 dB',
    'exact             -        -   0.00 dB',
    'cured             1      0.1       all',
  ])
})

test('the weights of fast where they are kept, and networks that were not compared', () => {
  const lines = renderChoices({ ...choices, kept: 'fast', outputError: { chosen: 0.3, fast: 0.1 } })
  expect(lines[3]).toBe('Error of the scores and boxes on them: 30.0 % with these choices,')
  expect(lines[4]).toBe('10.0 % with the weights of --effort fast. Kept: the weights of fast.')
  expect(renderChoices({ ...choices, outputError: null })).toEqual(
    renderChoices(choices).filter((line) => !line.includes(' %')),
  )
})

test.each([
  [1, 'Weights were refined on 1 image, none held back: no choice was made.'],
  [3, 'Weights were refined on 3 images, none held back: no choice was made.'],
])('%i images, none of them held back', (images, sentence) => {
  expect(renderChoices({ ...choices, images, heldBack: 0, layers: [] })).toEqual(['', sentence])
})

test('techniques that were given one by one, with images held back to judge what learns', () => {
  const sentence = 'Weights were refined on 6 images: no choice was made.'
  expect(renderChoices({ ...choices, layers: [] })).toEqual(['', sentence])
})

test('what was learned, and which network is kept', () => {
  const learning = { steps: 500, images: 24, divergence: { before: 0.881, after: 0.70249 }, kept: true }
  expect(renderLearning(learning)).toEqual([
    '',
    'Scales and biases learned 500 steps from the float network on 24 images.',
    'Divergence from its scores and boxes on the images that were held back:',
    '0.881 before, 0.702 after. Kept: what was learned.',
  ])
  expect(renderLearning({ ...learning, kept: false }).at(-1)).toMatch('Kept: the refined network.')
  expect(renderLearning({ ...learning, divergence: null }).at(-1)).toMatch(/^Nothing was distilled/)
})

test('nothing where nothing was refined', () => {
  expect(renderLearning(null)).toEqual([])
  expect(renderChoices(null)).toEqual([])
})
