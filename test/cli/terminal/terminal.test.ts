/** What reaches a terminal: colours where Node itself would make them, and nothing else that it would obey. */
import { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { reportError } from '../../../src/cli/terminal/errors.ts'
import { printResult } from '../../../src/cli/terminal/print.ts'
import { createTerminalProgress, painter } from '../../../src/cli/terminal/progress.ts'
import { InputError } from '../../../src/input/input-error.ts'
import { notice } from '../../../src/store/notice.ts'

const HOSTILE = '\u001b[31m\u009b\u0007a\u202eb\r\n::error::c'

/** What `work` writes to a stream of this process. */
function written(name: 'stdout' | 'stderr', work: () => void): string {
  const write = vi.spyOn(process[name], 'write').mockReturnValue(true)
  try {
    work()
    return write.mock.calls.map(([chunk]) => String(chunk)).join('')
  } finally {
    write.mockRestore()
  }
}

/** A stream as Node sees one. */
const streamOf = (isTTY: boolean) =>
  Object.assign(new Writable(), isTTY ? { isTTY, getColorDepth: WriteStream.prototype.getColorDepth } : {})

const VARIABLES = [
  'FORCE_COLOR',
  'NO_COLOR',
  'NODE_DISABLE_COLORS',
  'TERM',
  'COLORTERM',
  'TMUX',
  'CI',
] as const
type Colours = Partial<Record<(typeof VARIABLES)[number], string>>
const XTERM = { TERM: 'xterm-256color' }

describe('colours', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const cases: readonly (readonly [env: Colours, terminal: boolean, pipe: boolean])[] = [
    [XTERM, true, false],
    [{ ...XTERM, NO_COLOR: '1' }, false, false],
    [{ ...XTERM, NODE_DISABLE_COLORS: '1' }, false, false],
    [{ TERM: 'dumb' }, false, false],
    [{ ...XTERM, FORCE_COLOR: '' }, true, true],
    [{ ...XTERM, FORCE_COLOR: '1' }, true, true],
    [{ ...XTERM, FORCE_COLOR: '3' }, true, true],
    [{ ...XTERM, FORCE_COLOR: 'true' }, true, true],
    [{ ...XTERM, FORCE_COLOR: '0' }, false, false],
    [{ TERM: 'dumb', FORCE_COLOR: '1' }, true, true],
    [{ ...XTERM, FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    [{ ...XTERM, FORCE_COLOR: '0', NO_COLOR: '1' }, false, false],
  ]

  const paints = (env: Colours) => [true, false].map((isTTY) => painter(streamOf(isTTY), env)('red', 'x'))

  test.each(cases)('with %j: %s on a terminal, %s in a pipe', (env, terminal, pipe) => {
    expect(paints(env).map((text) => text !== 'x')).toEqual([terminal, pipe])
  })

  // What an empty NO_COLOR says depends on the version of Node.
  test.each([...cases.map(([env]) => env), { ...XTERM, NO_COLOR: '' }])(
    'Node decides the same with %j',
    (env) => {
      for (const name of VARIABLES) vi.stubEnv(name, (env as Colours)[name])
      expect(paints(env)).toEqual(
        [true, false].map((isTTY) => styleText('red', 'x', { stream: streamOf(isTTY) })),
      )
    },
  )

  test('the environment of the process has no say', () => {
    vi.stubEnv('NO_COLOR', '1')
    expect(painter(streamOf(true), XTERM)('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    vi.stubEnv('NO_COLOR', undefined)
    vi.stubEnv('FORCE_COLOR', '1')
    expect(painter(streamOf(true), { ...XTERM, NO_COLOR: '1' })('red', 'x')).toBe('x')
  })
})

describe('text of others is seen and not obeyed', () => {
  const line = '\\u{1b}[31m\\u{9b}\\u{7}a\\u{202e}b : :error::c'
  const lines = '\\u{1b}[31m\\u{9b}\\u{7}a\\u{202e}b\n: :error::c'

  test('in an error, and in the stack of a fault', () => {
    const env = { NO_COLOR: '1' }
    expect(written('stderr', () => reportError(new InputError(HOSTILE, 'a.json'), env))).toBe(
      `assay: a.json: ${lines}\n`,
    )
    expect(written('stderr', () => reportError(new Error(HOSTILE), env))).toMatch(
      /^assay: \\u\{1b\}[^\p{Cc}]*\n: :error::c\n[\P{Cc}\n]*$/u,
    )
  })

  test('in a notice', () => expect(written('stderr', () => notice(HOSTILE))).toBe(`assay: ${lines}\n`))

  test('in a result, whose colours stay', () => {
    const text = () => `\u001b[31mred\u001b[39m \u001b]0;title\u0007 \u001b[2J\u009b1m\u202e`
    expect(written('stdout', () => printResult({ json: false }, null, text))).toBe(
      '\u001b[31mred\u001b[39m \\u{1b}]0;title\\u{7} \\u{1b}[2J\\u{9b}1m\\u{202e}\n',
    )
    const json = written('stdout', () => printResult({ json: true }, { a: HOSTILE }, text))
    expect(JSON.parse(json)).toEqual({ a: HOSTILE })
    expect(json).not.toMatch(/(?!\n)\p{Cc}/u)
  })

  test('what is said of a task stands below its name, and a task that failed has no tick', () => {
    const said: string[] = []
    const stream = { isTTY: false, columns: 80, write: (text: string) => said.push(text) }
    const progress = createTerminalProgress(stream as unknown as NodeJS.WriteStream, false, { NO_COLOR: '1' })
    const task = progress.start('simulate a')
    progress.warn('a is red')
    progress.warn('a again')
    task.done('one red', true)
    progress.start('build b').done()
    progress.warn('at last')
    expect(said.map((text) => text.replace(/\d+ ms/, 'T'))).toEqual([
      ...['  simulate a …\n', '! a is red\n', '! a again\n', '! simulate a  T  one red\n'],
      ...['✓ build b  T\n', '! at last\n'],
    ])
  })

  test('a line that moved stays as one line of the terminal', () => {
    const said: string[] = []
    const stream = { isTTY: true, columns: 80, write: (text: string) => said.push(text) }
    const progress = createTerminalProgress(stream as unknown as NodeJS.WriteStream, false, { NO_COLOR: '1' })
    progress.start('nightly').update(0, 'simulate '.repeat(20))
    progress.warn('a is red')
    const [stays] = said.filter((text) => text.endsWith('\n'))
    expect(stays!.replace('\r\u001b[2K', '')).toMatch(/^ {2}nightly … simulate[^\n]{58}…\n$/)
    expect(stays).toHaveLength('\r\u001b[2K'.length + 79 + 1)
  })

  test('a line that moves keeps the time that is left', () => {
    const said: string[] = []
    const stream = { isTTY: true, columns: 80, write: (text: string) => said.push(text) }
    const progress = createTerminalProgress(stream as unknown as NodeJS.WriteStream, false, { NO_COLOR: '1' })
    vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValueOnce(10_000)
    progress.start('refine').update(0.5, 'a layer '.repeat(20))
    vi.restoreAllMocks()
    const [, moving] = said.at(-1)!.split('\r\u001b[2K')
    expect(moving).toMatch(/^ {2}refine … a layer .*…, 10\.0 s left$/)
    expect(moving).toHaveLength(79)
  })

  test.each([true, false])(
    'Ctrl-C amid a task says what is kept, and after it nothing; on a terminal: %s',
    (isTTY) => {
      const said: string[] = []
      const stream = { isTTY, columns: 80, write: (text: string) => said.push(text) }
      const progress = createTerminalProgress(stream as unknown as NodeJS.WriteStream, false, {
        NO_COLOR: '1',
      })
      const others = process.rawListeners('SIGINT')
      const task = progress.start('refine', 'Stopped: layers are kept.')
      const [own] = process.rawListeners('SIGINT').filter((listener) => !others.includes(listener))
      own!('SIGINT')
      expect(said.at(-1)).toBe(isTTY ? '\nStopped: layers are kept.' : 'Stopped: layers are kept.\n')
      task.done()
      expect(process.rawListeners('SIGINT')).toEqual(others)
    },
  )

  test.each([true, false])('in progress, on a terminal: %s', (isTTY) => {
    const said: string[] = []
    const stream = { isTTY, columns: 200, write: (text: string) => said.push(text) }
    const progress = createTerminalProgress(stream as unknown as NodeJS.WriteStream, false, { NO_COLOR: '1' })
    const task = progress.start(HOSTILE)
    if (isTTY) vi.spyOn(performance, 'now').mockReturnValueOnce(1e9)
    task.update(0.5, HOSTILE)
    task.done(HOSTILE)
    progress.warn(HOSTILE)
    vi.restoreAllMocks()
    const text = said.join('').replaceAll('\r\u001b[2K', '')
    expect(text.split(line)).toHaveLength(isTTY ? 7 : 4)
    expect(text).not.toMatch(/(?!\n)\p{Cc}|^::/mu)
  })
})
