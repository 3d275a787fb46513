/** What `--watch` notices: every way in which an editor or git replaces a file, once it has settled, and nothing else. */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Changes, createChanges } from '../../../../src/cli/commands/sim/changes.ts'
import { statIfSeen } from '../../../../src/store/stat.ts'
import { makeFolder } from '../../../pipeline/prepared.ts'

const home = process.cwd()
const SETTLE_MS = 60

describe.each([
  { where: 'below the working directory', isInside: true },
  { where: 'elsewhere', isInside: false },
])('files $where', ({ isInside }) => {
  let [root, rtl, file] = ['', '', '']
  let changes: Changes
  beforeEach(async () => {
    root = makeFolder()
    rtl = join(root, 'hardware', 'rtl')
    file = join(rtl, 'a.sv')
    mkdirSync(rtl, { recursive: true })
    writeFileSync(file, '1')
    writeFileSync(join(rtl, 'b.sv'), '1')
    if (isInside) process.chdir(root)
    changes = createChanges(SETTLE_MS)
    await changes.watch([file, join(rtl, 'b.sv')])
  })
  afterEach(async () => {
    process.chdir(home)
    await changes.close()
  })

  const isNoticed = (withinMs: number): Promise<boolean> =>
    Promise.race([changes.next().then(() => true), sleep(withinMs, false)])
  /** Whether a change is noticed, and is the last: no late echo is taken for the next one. */
  const isSeen = async (): Promise<boolean> => {
    const seen = await isNoticed(3_000)
    while (await isNoticed(3 * SETTLE_MS)) expect(seen).toBe(true)
    return seen
  }
  const replace = (text: string): void => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  const switchBranch = async (pause: number): Promise<void> => {
    rmSync(isInside ? join(root, 'hardware') : rtl, { recursive: true })
    await sleep(pause)
    mkdirSync(rtl, { recursive: true })
    writeFileSync(join(rtl, 'b.sv'), 'of the branch')
    writeFileSync(file, 'of the branch')
  }

  test('every step of five: edited, replaced, taken away and brought back, edited again, gone', async () => {
    const steps: readonly (() => unknown)[] = [
      () => writeFileSync(file, '2'),
      () => replace('3'),
      () => switchBranch(20),
      () => replace('4'),
      () => rmSync(file),
    ]
    for (const [index, step] of steps.entries()) {
      await step()
      expect([index, await isSeen()]).toEqual([index, true])
    }
  })

  test('a folder that stays away for a while, and each edit after that', async () => {
    rmSync(isInside ? join(root, 'hardware') : rtl, { recursive: true })
    expect(await isSeen()).toBe(true)
    await sleep(500)
    await switchBack()
    expect(await isSeen()).toBe(true)
    for (const text of ['x', 'y', 'z']) {
      writeFileSync(file, text)
      expect([text, await isSeen()]).toEqual([text, true])
      replace(`${text} again`)
      expect([text, await isSeen()]).toEqual([text, true])
    }
  })
  const switchBack = async (): Promise<void> => {
    mkdirSync(rtl, { recursive: true })
    writeFileSync(file, 'back')
  }

  test('branches switched five times, with an edit after each', async () => {
    for (let round = 0; round < 5; round++) {
      await switchBranch(20 * round)
      expect([round, await isSeen()]).toEqual([round, true])
      appendFileSync(join(rtl, 'b.sv'), 'more')
      expect([round, await isSeen()]).toEqual([round, true])
    }
  })

  test('a burst, and a file that is written slowly, are one change at their end', async () => {
    let isDone = false
    const seen = changes.next().then(() => expect(isDone).toBe(true))
    for (let i = 0; i < 10; i++) {
      appendFileSync(file, 'a line\n')
      if (i % 2 === 0) replace(`${i}`)
      await sleep(SETTLE_MS / 2)
    }
    isDone = true
    await seen
    expect(await isNoticed(1_000)).toBe(false)
  })

  test('what was saved while nobody waited', async () => {
    writeFileSync(file, '2')
    await sleep(3 * SETTLE_MS)
    expect(await isSeen()).toBe(true)
  })

  test('a file that joins later, and one that is not there yet', async () => {
    const later = join(rtl, 'sub', 'c.sv')
    await changes.watch([later])
    mkdirSync(join(rtl, 'sub'))
    writeFileSync(later, '1')
    expect(await isSeen()).toBe(true)
    writeFileSync(file, '2')
    expect(await isSeen()).toBe(true)
  })

  test('no other file', async () => {
    mkdirSync(join(root, 'node_modules', 'rtl'), { recursive: true })
    writeFileSync(join(root, 'node_modules', 'rtl', 'a.sv'), '1')
    writeFileSync(join(rtl, '.a.sv.swp'), '1')
    writeFileSync(join(root, 'a.sv'), '1')
    expect(await isNoticed(1_000)).toBe(false)
  })
})

/** What the kernel watches for this process. */
const countWatched = (): number =>
  readdirSync('/proc/self/fdinfo')
    .map(
      (name) => statIfSeen(`/proc/self/fdinfo/${name}`) && readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'),
    )
    .join('')
    .split('inotify wd:').length - 1

test('watches the file and the folders on the way, whatever else is there', async () => {
  const root = makeFolder()
  for (let i = 0; i < 50; i++) {
    mkdirSync(join(root, 'node_modules', `${i}`), { recursive: true })
    writeFileSync(join(root, `${i}.png`), '')
  }
  writeFileSync(join(root, 'a.sv'), '1')
  onTestFinished(() => process.chdir(home))
  process.chdir(root)
  const before = countWatched()
  const changes = createChanges(SETTLE_MS)
  onTestFinished(() => changes.close())
  await changes.watch([join(root, 'a.sv')])
  expect(countWatched() - before).toBe(2)
})
