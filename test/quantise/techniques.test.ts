import { expect, test } from 'vitest'
import { EFFORTS, refineEffort, TECHNIQUES, techniquesOf } from '../../src/quantise/techniques.ts'

test('fast leaves out what takes minutes, best leaves out nothing', () => {
  expect(techniquesOf('fast')).toEqual(['mse-scales', 'equalisation', 'bias-correction'])
  expect(techniquesOf('best')).toEqual([
    'mse-scales',
    'equalisation',
    'bias-correction',
    'refit',
    'second-order',
    'distillation',
  ])
  expect(techniquesOf('best')).toEqual(TECHNIQUES)
})

test('an effort has its images and pixels', () => {
  expect(EFFORTS.map(refineEffort)).toEqual([
    { images: 8, samples: 2048 },
    { images: 32, samples: 8192 },
  ])
})
