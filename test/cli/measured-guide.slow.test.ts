/** docs/your-tests-measured.md: its files in a project, its commands, and the figures that it prints. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { assay, put, testsOf } from './measured-project.ts'

const page = readFileSync('docs/your-tests-measured.md', 'utf8')
const blocks = [...page.matchAll(/```(\w*)[^\n]*\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({
  language,
  text,
}))
/** What the page prints: the block that begins with these words. */
const printed = (...first: readonly string[]): readonly string[] => {
  const found = blocks.find(({ text }) => first.every((words) => text.includes(words)))
  return found!.text.trimEnd().split('\n')
}

beforeAll(() => {
  put('rtl/ring.sv', blocks.find(({ language }) => language === 'systemverilog')!.text)
  for (const { language, text } of blocks) {
    const path = /^\/\/ (test\/\S+)\n/.exec(text)?.[1]
    if (language === 'ts' && path !== undefined) put(path, text)
  }
  put('ring-mutants.json', blocks.find(({ language }) => language === 'json')!.text)
})

test('coverage is what the page says', async () => {
  const { stdout, exitCode } = await assay('coverage', 'rtl/ring.sv', ...testsOf('ring'), '-q')
  expect(exitCode).toBe(0)
  expect(stdout.split('\n').slice(0, 3)).toEqual(printed('file', 'branches'))
})

test('the first test notices what the page says', async () => {
  const { stdout, exitCode } = await assay('mutate', 'rtl/ring.sv', ...testsOf('ring'), '-q')
  expect(exitCode).toBe(0)
  const lines = stdout.split('\n')
  expect(printed('67.5 %').filter((line) => !lines.includes(line))).toEqual([])
  expect(lines.filter((line) => line.startsWith('rtl/ring.sv:'))).toHaveLength(9)
})

test('a test of the reset notices its mutants, and all three files notice all', async () => {
  const files = testsOf('ring', 'ring-reset')
  const { stdout } = await assay('mutate', 'rtl/ring.sv', ...files, '-q')
  expect(stdout.split('\n')[2]).toMatch(/^rtl\/ring\.sv +40 +31 +9 +77\.5 %$/)
  const all = await assay('mutate', 'rtl/ring.sv', ...files, ...testsOf('ring-more'), '-q')
  expect(all.stdout.split('\n')[2]).toMatch(/^rtl\/ring\.sv +40 +40 +0 +100\.0 %$/)
})

test('both notice all but two, which the file of explanations may name', async () => {
  const both = ['mutate', 'rtl/ring.sv', ...testsOf('ring', 'ring-more'), '-q']
  const { stdout } = await assay(...both, '--at-least', '95')
  expect(stdout.split('\n')[2]).toMatch(/^rtl\/ring\.sv +40 +38 +2 +95\.0 %$/)
  expect(printed('    read_q', 'removed').filter((line) => !stdout.split('\n').includes(line))).toEqual([])
  const explained = await assay(...both, '--explained', 'ring-mutants.json')
  expect(explained.stdout.split('\n')[2]).toMatch(/^rtl\/ring\.sv +40 +38 +0 +1 +1 +95\.0 %$/)
})
