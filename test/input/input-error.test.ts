import { afterEach, expect, test, vi } from 'vitest'
import { giveWay } from '../../src/input/give-way.ts'
import { InputError } from '../../src/input/input-error.ts'
import { suggest } from '../../src/input/suggest.ts'

afterEach(() => vi.restoreAllMocks())

test('place, what is wrong and advice read as sentences', () => {
  expect(new InputError('no such file', 'a.pt').message).toBe('a.pt: no such file')
  expect(new InputError('no such file', 'a.pt', 'Name another.').message).toBe(
    'a.pt: no such file. Name another.',
  )
  expect(new InputError('\n  b', 'a.pt', 'Mend it.').message).toBe('a.pt:\n  b\nMend it.')
  expect(new InputError('one of\n  b', 'a.pt', 'Name another.').message).toBe(
    'a.pt: one of\n  b\nName another.',
  )
  expect(new InputError('Ends early.', 'a.pt', 'Name another.').message).toBe(
    'a.pt: Ends early. Name another.',
  )
})

test('what a damaged file says is quoted as far as a thousand characters', () => {
  const said = 'a'.repeat(1000)
  expect(new InputError(said, 'a.pt').message).toBe(`a.pt: ${said}`)
  expect(new InputError(`${said}b`, 'a.pt', 'Name another.').message).toBe(`a.pt: ${said}…. Name another.`)
})

test.each(['Ends.', 'Ends?', 'Ends!', 'Ends:', 'Ends;'])('%s has its stop, and takes no other', (said) => {
  expect(new InputError(said, 'a.pt', 'Then.').message).toBe(`a.pt: ${said} Then.`)
  const { where, advice } = new InputError(said, 'a.pt')
  expect([where, advice]).toEqual(['a.pt', ''])
})

test.each([
  ['weights', ['weight', 'bias'], 'Did you mean weight?'],
  ['ab', ['a'], 'Did you mean a?'],
  ['abc', ['a'], ''],
  ['conv2d12', ['conv2d'], 'Did you mean conv2d?'],
  ['conv2d123', ['conv2d'], ''],
  ['anything', [], ''],
])('%s among %j', (word, known, text) => {
  expect(suggest(word, known)).toBe(text)
})

test('a turn ends once it has taken 50 ms, and then another has as long', async () => {
  await new Promise((resolve) => setImmediate(resolve))
  const now = vi.spyOn(performance, 'now')
  const endsTurn = async (at: number) => {
    now.mockReturnValue(at)
    let ended = false
    setImmediate(() => (ended = true))
    await giveWay()
    return ended
  }
  const begin = performance.now() + 1e6
  expect(await endsTurn(begin)).toBe(true)
  expect(await endsTurn(begin + 49)).toBe(false)
  expect(await endsTurn(begin + 50)).toBe(true)
  expect(await endsTurn(begin + 99)).toBe(false)
})
