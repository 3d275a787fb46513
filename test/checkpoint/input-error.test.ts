import { expect, test } from 'vitest'
import { InputError } from '../../src/checkpoint/input-error.ts'

test('place, what is wrong and advice read as sentences', () => {
  expect(new InputError('no such file', 'a.pt').message).toBe('a.pt: no such file')
  expect(new InputError('no such file', 'a.pt', 'Name another.').message).toBe(
    'a.pt: no such file. Name another.',
  )
  expect(new InputError('Ends early.', 'a.pt', 'Name another.').message).toBe(
    'a.pt: Ends early. Name another.',
  )
})
