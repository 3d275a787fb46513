/** The command that follows a red run has the options of that run, as `assay explain` knows them. */
import { describe, expect, test } from 'vitest'
import { SIM_OPTIONS } from '../../src/cli/commands/sim/options.ts'
import { explainBoxCommand, explainCommand } from '../../src/result/explain-command.ts'
import { BOXES, HEAD, makeLayer } from '../report/shard-reports.ts'

const after = (...words: readonly string[]): string | null => {
  const origin = { ...{ commit: null, dirty: null, command: [], host: 'h' }, words }
  return explainCommand(makeLayer('model.1', 1), { run: { ...HEAD.run, origin }, mode: 'isolated' })
}
const COMMAND = 'assay explain -l model.1 --at 0,1,2'

describe('the next command', () => {
  test.each([
    { words: [], command: `${COMMAND} --rtl` },
    {
      words: ['--model', 'a b.pt', '--bits=4', '--layers', 'model.0', '-l=model.0', '--rtl', 'my rtl'],
      command: `${COMMAND} --rtl --model 'a b.pt' --bits=4 --rtl-folder 'my rtl'`,
    },
    {
      words: ['--rtl=x', '--no-waveform', '--array', '8x8x2'],
      command: `${COMMAND} --rtl --rtl-folder=x --array 8x8x2`,
    },
    { words: ['--module', 'pool.config.ts', '--image', 'i.png'], command: `${COMMAND} --image i.png` },
    { words: ['--frozen', 'golden/street'], command: null },
  ])('after $words', ({ words, command }) => {
    expect(after(...words)).toBe(command)
  })

  test.each([
    { command: ['sim', '--out', 'my run', '--bits=4'], out: "--out 'my run'" },
    { command: ['sim', '-o', 'a', '--out=b'], out: '--out=b' },
  ])('after $command, has its folder', ({ command, out }) => {
    const origin = { ...{ commit: null, dirty: null, command, host: 'h' }, words: ['--bits=4'] }
    const run = { ...HEAD.run, origin }
    expect(explainCommand(makeLayer('model.1', 1), { run, mode: 'isolated' })).toBe(
      `${COMMAND} --rtl --bits=4 ${out}`,
    )
  })

  test.each([
    { words: ['--array', '8x8x2'], field: 'x0', command: 'assay explain --box 3 --rtl --array 8x8x2' },
    { words: [], field: 'count', command: null },
    { words: ['--iou=0.5'], field: 'x0', command: null },
  ] as const)('for boxes after $words, of $field', ({ words, field, command }) => {
    const origin = { ...{ commit: null, dirty: null, command: [], host: 'h' }, words }
    const boxes = { ...BOXES, first: { index: 3, field, expected: 1, actual: 2 } }
    const result = { run: { ...HEAD.run, origin }, mode: 'isolated', boxes } as const
    expect(explainBoxCommand(result)).toBe(command)
  })

  test('is none where nothing differs at a place, or no words were kept', () => {
    const { run } = HEAD
    expect(explainCommand({ name: 'a', first: null }, { run, mode: 'isolated' })).toBeNull()
    expect(explainCommand(makeLayer('a', 1), { run, mode: 'isolated' })).toBeNull()
  })

  test('has no option of assay sim that explain lacks', () => {
    const words = Object.entries(SIM_OPTIONS)
      .filter(([name]) => name !== 'frozen')
      .filter(([, option]) => !('hidden' in option) && !('writes' in option))
      .flatMap(([name, option]) =>
        'type' in option && option.type === 'boolean' ? [`--${name}`] : [`--${name}`, 'x'],
      )
    expect(after(...words)).toBe(`${COMMAND} --array x`)
  })
})
