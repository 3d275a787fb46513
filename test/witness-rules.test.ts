/** The rules that test files keep to: what is a breach of each, and what is none. */
import { describe, expect, test } from 'vitest'
import { findBreaches } from './witness-rules.ts'

const inTest = (body: string): string => `test('x', async () => {\n${body}\n})`

const EARLY = 'a test that returns early passes; ask for a witness with needs()'
const PASSED = 'an item goes past an expect; choose the items before, and expect their number'
const SWALLOWED = 'an error is caught and not looked at; catch the one that is meant, and throw the others'
const LIMIT = 'a limit of its own; the one of vitest.config.ts serves all'
const LEFT = 'what undoes it is dropped; give it to onTestFinished or afterEach'
const IDLE = 'an expect without a matcher compares nothing'
const UNAWAITED = 'an expect of a promise that is not awaited: the test is over before it'
const CONSTANT = 'an expect of a constant'
const SAME = 'the same on both sides'
const ANY = 'any failure passes; say which one is meant'
const ANYTHING = 'anything passes; say what is meant'
const SOMETIMES = 'a test that is not always there; ask for a witness with needs()'
const UNASKED = 'and no needs() of this file asks for it'
const hidden = (name: string): string => `.${name}; ask for a witness with needs()`

describe('a breach is found', () => {
  test.each([
    ["test('x', () => { if (!hasTool) return; expect(f()).toBe(1) })", 1, EARLY],
    ["testWith('yosys', 'x', () => {\n  for (const a of b) if (a) return\n})", 2, EARLY],
    ["describe.skipIf(!has)('x', () => {})", 1, hidden('skipIf')],
    ["test.only('x', () => {})", 1, hidden('only')],
    ["test.skip.each([1])('x', () => {})", 1, hidden('skip')],
    ["test('x', { skip: true }, () => {})", 1, '{ skip }; ask for a witness with needs()'],
    ["if (hasTool) test('x', () => {})", 1, SOMETIMES],
    ["hasTool && testWith('yosys', 'x', () => {})", 1, SOMETIMES],
    ["test('x', () => { spawnSync('vvp', ['-n']) })", 1, `uses iverilog, ${UNASKED}`],
    ["needs('yosys', 'x', () => { simulate({ simulator: 'icarus' }) })", 1, `uses iverilog, ${UNASKED}`],
    ["test('x', () => readFileSync(sharedPath('models/a.pt')))", 1, `uses ../shared/, ${UNASKED}`],
    ["needs('python3 with jsonschema', 'x', () => runPython('a'))", 1, `uses python3 with numpy, ${UNASKED}`],

    [inTest('for (const a of list) {\nif (a.isOdd) continue\nexpect(a.b).toBe(2)\n}'), 3, PASSED],
    [inTest('while (next()) { if (a) continue; for (const b of a) expect(b).toBe(2) }'), 2, PASSED],
    [inTest('list.forEach((a) => { if (a.isOdd) return\nexpect(a.b).toBe(2) })'), 2, PASSED],

    ["test('x', async () => {\n}, 90_000)", 1, LIMIT],
    ["test.each([1])('x', { timeout: 300_000 }, async () => {})", 1, LIMIT],
    ["describe('x', { timeout: 300_000 }, () => {})", 1, LIMIT],

    [inTest('listenToNotices((text) => said.push(text))'), 2, LEFT],

    [inTest('try { f() } catch {}'), 2, SWALLOWED],
    [inTest('try { f() } catch (error) { tried++ }'), 2, SWALLOWED],
    [inTest('for (const a of b) try { f(a) } catch { continue }'), 2, SWALLOWED],
    ['const read = () => { try { return f() } catch { return [] } }', 1, SWALLOWED],
    [inTest("const text = await f().catch(() => '')"), 2, SWALLOWED],
    [inTest('await f().then(g, () => null)'), 2, SWALLOWED],

    [inTest('expect(f())'), 2, IDLE],
    [inTest('expect(f()).toBe'), 2, IDLE],
    [inTest('expect(f()).not'), 2, IDLE],
    [inTest('await expect.poll(f)'), 2, IDLE],
    [inTest("expect(f()).rejects.toThrow('a')"), 2, UNAWAITED],
    [inTest('void expect(f()).resolves.toBe(1)'), 2, UNAWAITED],
    [inTest('expect.poll(f).toBe(1)'), 2, UNAWAITED],
    [inTest("expect(text).toMatchFileSnapshot('a.txt')"), 2, UNAWAITED],
    [inTest('expect(true).toBe(f())'), 2, CONSTANT],
    [inTest('expect(a.b).toBe(a.b)'), 2, SAME],
    [inTest('expect([...a, 1]).not.toEqual([ ...a,1 ])'), 2, SAME],
    [inTest('expect(f).toThrow()'), 2, ANY],
    [inTest('await expect(f()).rejects.toThrowError()'), 2, ANY],
    [inTest('expect(f).toThrow(Error)'), 2, ANY],
    [inTest('expect(undefined).toBeUndefined()'), 2, CONSTANT],
    [inTest('expect(f()).toEqual(expect.anything())'), 2, ANYTHING],
    [inTest('expect(f()).toMatchObject({ })'), 2, ANYTHING],
  ])('%s', (text, line, sentence) => {
    expect(findBreaches('t.test.ts', text)).toEqual([`t.test.ts:${line}: ${sentence}`])
  })

  test('of two rules by two sentences', () => {
    const text = inTest('try { f() } catch { return }')
    expect(findBreaches('t.test.ts', text).toSorted()).toEqual([
      `t.test.ts:2: ${EARLY}`,
      `t.test.ts:2: ${SWALLOWED}`,
    ])
  })
})

describe('none is found', () => {
  test.each([
    "test('x', () => { const f = () => { if (a) return 1; return 2 }; expect(f()).toBe(1) })",
    "needs(['iverilog', 'yosys'], 'x', () => { test('y', () => { run('vvp') }) })",
    "testWith('python3', 'x', () => { spawnSync('python3') })",
    'function list() { if (a) return; }',

    inTest('for (const a of list) { expect(a).toBe(f(a)); if (a.isLast) continue; count++ }'),
    inTest('for (const a of list) { for (const b of a) if (b) continue\nexpect(a).toBe(2) }'),
    inTest("for (const a of list) { if (a === b) continue\nexpect.fail('differs') }"),
    inTest('list.forEach((a) => { const f = () => { if (a) return }\nexpect(f(a)).toBe(2) })'),
    inTest('list.map((a) => { if (a) return 1; return 2 })'),

    inTest('onTestFinished(listenToNotices(f)); const undo = listenToNotices(g)'),
    inTest('try { f() } catch (error) { if (error.code !== 2) throw error }'),
    inTest('try { f() } catch ({ code }) { seen.push(code) }'),
    inTest('try { f() } finally { g() }'),
    inTest('const error = await f().catch((reason) => reason)'),
    inTest('await f().then(() => null, (error) => error)'),

    inTest("await expect(f()).rejects.toThrow('a')"),
    inTest('await Promise.all(list.map((a) => expect(f(a)).resolves.toBe(1)))'),
    inTest('await expect.poll(f).toBe(1)'),
    inTest('expect.unreachable()'),
    inTest('expect.soft(f()).toBe(1)'),
    inTest('expect(f).not.toThrow()'),
    inTest('expect(f).toThrow(RangeError)'),
    inTest('expect(draw(1)).toEqual(draw(1))'),
    inTest('expect(a).toContain(a)'),
    inTest('expect(a).toHaveLength(1)'),
  ])('in %s', (text) => {
    expect(findBreaches('t.test.ts', text)).toEqual([])
  })

  test('in a helper that uses a tool: the tests that call it ask for it', () => {
    expect(findBreaches('t.ts', "export const f = () => spawnSync('vvp', ['-n'])")).toEqual([])
    expect(findBreaches('t.ts', 'try { f() } catch {}')).toEqual([`t.ts:1: ${SWALLOWED}`])
  })
})
