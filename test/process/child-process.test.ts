/** A program in a process of its own: what it answers, and that nothing of it is left when it hangs, dies, or its parent does. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { ToolError } from '../../src/input/tool-error.ts'
import { Child, type ChildEnd } from '../../src/process/child-process.ts'
import { findProgramFile } from '../../src/process/child-program.ts'
import { packError, unpackError } from '../../src/process/packed-error.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const folder = makeFolder()
const compiled = (name: string): string => JSON.stringify(join(process.cwd(), 'dist', `${name}.js`))
const path = join(folder, 'program.mjs')
writeFileSync(
  path,
  `import { serveParent } from ${compiled('process/serve-parent')}
   import { InputError } from ${compiled('input/input-error')}
   serveParent(async ({ what, value }, note) => {
     if (what === 'wait') await new Promise((resolve) => setTimeout(resolve, value))
     if (what === 'note') for (let i = 0; i < value; i++) note(i)
     if (what === 'refuse') throw new InputError('is wrong', '--option', 'Choose another.')
     if (what === 'loop') for (;;);
     if (what === 'exit') {
       process.stderr.write('last words')
       await new Promise((resolve) => setTimeout(resolve, 50))
       process.exit(value)
     }
     return what === 'pid' ? process.pid : value
   })`,
)

class Ended extends Error {
  readonly end: ChildEnd
  constructor(end: ChildEnd) {
    super(end.message)
    this.end = end
  }
}
function start(): Child {
  const child = new Child({ path, name: 'the child', toError: (end) => new Ended(end) })
  onTestFinished(() => child.kill())
  return child
}
const limits = { deadlineMs: 20_000, what: 'it' }

/** State of a process, `Z` where nobody has asked yet how it ended; null where there is none. */
function stateOf(pid: number): string | null {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))![1]!
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
const isGone = (pid: number): boolean => [null, 'Z'].includes(stateOf(pid))

describe('a child process', () => {
  test('answers in the order of the calls, and says something in between', async () => {
    const child = start()
    const seen: unknown[] = []
    const ask = (body: unknown) => child.call(body, limits).then((value) => seen.push(value))
    const notes: unknown[] = []
    await Promise.all([
      ask({ what: 'wait', value: 60 }),
      child.call({ what: 'note', value: 3 }, { ...limits, onNote: (note) => notes.push(note) }),
      ask({ what: 'give', value: Uint8Array.of(1, 2) }),
    ])
    expect(seen).toEqual([60, Uint8Array.of(1, 2)])
    expect(notes).toEqual([0, 1, 2])
  })

  test('throws here what it threw there, and goes on', async () => {
    const child = start()
    const error = await child.call({ what: 'refuse' }, limits).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InputError)
    expect(error).toMatchObject({ where: '--option', message: '--option: is wrong. Choose another.' })
    expect(await child.call({ what: 'give', value: 5n }, limits)).toBe(5n)
  })

  test('has the time that it is given, beyond what a timer takes', async () => {
    const child = start()
    for (const deadlineMs of [2 ** 31, Number.POSITIVE_INFINITY])
      expect(await child.call({ what: 'give', value: 5n }, { deadlineMs, what: 'it' })).toBe(5n)
  })

  test('that takes too long is killed, and stays so', async () => {
    const child = start()
    const pid = (await child.call({ what: 'pid' }, limits)) as number
    const call = child.call({ what: 'loop' }, { deadlineMs: 100, what: 'the loop' })
    const message = 'the loop took longer than 100 ms; the child was killed'
    await expect(call).rejects.toMatchObject({ message, end: { kind: 'deadline' } })
    await expect(child.call({ what: 'pid' }, limits)).rejects.toThrow(message)
    await expect.poll(() => isGone(pid)).toBe(true)
  })

  test('that dies fails all calls that wait, with its last words', async () => {
    const child = start()
    const calls = [
      { what: 'exit', value: 7 },
      { what: 'give', value: 1 },
    ].map((body) => child.call(body, limits))
    const end = { kind: 'crash', stderr: 'last words' }
    for (const call of calls)
      await expect(call).rejects.toMatchObject({ message: 'the child died (exit code 7): last words', end })
  })

  test('that is closed fails the call that waits', async () => {
    const child = start()
    const call = child.call({ what: 'loop' }, limits)
    child.kill()
    await expect(call).rejects.toMatchObject({ message: 'the child is closed', end: { kind: 'closed' } })
  })

  test('dies with its parent, in an endless loop', async () => {
    const parent = join(folder, 'parent.mjs')
    writeFileSync(
      parent,
      `import { Child } from ${compiled('process/child-process')}
       const child = new Child({ path: ${JSON.stringify(path)}, name: 'c', toError: () => new Error('ended') })
       console.log(await child.call({ what: 'pid' }, { deadlineMs: 60000, what: 'it' }))
       await child.call({ what: 'loop' }, { deadlineMs: 60000, what: 'it' })`,
    )
    const running = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [text] = (await once(running.stdout, 'data')) as [Buffer]
    const pid = Number(text.toString())
    await expect.poll(() => stateOf(pid)).toBe('R')
    running.kill('SIGKILL')
    await expect.poll(() => isGone(pid)).toBe(true)
  })
})

describe('a program of this package', () => {
  const home = process.cwd()
  const { href: from } = pathToFileURL(join(home, 'src/simulate/remote.ts'))

  test('is JavaScript in the package', () => {
    const compiledFrom = from.replace('/src/', '/dist/').replace('.ts', '.js')
    const file = findProgramFile(compiledFrom, 'child')
    expect(file).toEqual({ path: join(home, 'dist/simulate/child.js') })
    expect(existsSync(file.path)).toBe(true)
  })

  test('runs for tests as it was compiled, in any folder', async () => {
    onTestFinished(() => process.chdir(home))
    process.chdir(folder)
    const child = new Child({
      ...findProgramFile(from, 'child'),
      name: 'the child',
      toError: (end) => new Ended(end),
    })
    onTestFinished(() => child.kill())
    await expect(child.call({ method: 'read', names: [] }, limits)).rejects.toThrow(
      'Expected open to be the first call, got read',
    )
  })

  test('runs from mutated sources where there are any', () => {
    const { path, args = [] } = findProgramFile(from, 'child')
    mkdirSync(join(folder, 'src/simulate'), { recursive: true })
    writeFileSync(join(folder, 'src/simulate/child.ts'), "const said: string = 'mutant'\nconsole.log(said)\n")
    const env = { ...process.env, ASSAY_MUTATED_SOURCES: folder }
    const { stdout } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8', env })
    expect(stdout).toBe('mutant\n')
  })
})

describe('an error that crosses a pipe', () => {
  const cross = (error: unknown) => unpackError(structuredClone(packError(error)))

  test.each([
    new InputError('is wrong', 'a.pt', 'Try another.'),
    new ToolError('it failed', { tool: 'verilator', output: 'said', diagnostics: [] }),
    Object.assign(new Error('no space'), { code: 'ENOSPC', exitCode: 3 }),
  ])('is as it was: $message', (error) => {
    const crossed = cross(error)
    expect(crossed).toEqual(error)
    expect(crossed.constructor).toBe(error.constructor)
    expect({ ...crossed }).toEqual({ ...error })
    expect(crossed.stack).toBe(error.stack)
  })

  test('that is of a tool keeps what the tool said, which a list of its fields leaves out', () => {
    const said = { severity: 'error', file: 'a.sv', line: 1, column: 2, message: 'wrong' } as const
    const error = new ToolError('it failed', { tool: 'verilator', output: 'said', diagnostics: [said] })
    for (const each of [error, cross(error) as ToolError]) {
      expect([each.output, each.diagnostics]).toEqual(['said', [said]])
      expect(Object.keys(each).sort()).toEqual(['exitCode', 'name', 'tool'])
    }
  })

  test('leaves behind what no pipe takes', () => {
    expect({ ...cross(Object.assign(new Error('odd'), { retry: () => 1, code: 'E' })) }).toEqual({
      code: 'E',
    })
  })
})
