/** Variables of the command line: the ones that recipes read, and no others. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** What make would run, or what it says instead. */
const plan = (...args: readonly string[]): string => {
  const { stdout, stderr } = spawnSync('make', ['--dry-run', ...args], { encoding: 'utf8' })
  return `${stdout}${stderr}`
}

test('a misspelt variable is refused by name', () => {
  expect(plan('sim', 'IMGE=a.png')).toMatch(/There is no variable IMGE; those .* are MODEL IMAGE /)
  expect(plan('sim', 'IMAGE=a.png', 'CXX=g++', 'ASSAY_CPU=x86-64')).toMatch(
    /assay|main\.js sim --image 'a\.png'/,
  )
})

test('every variable that a recipe reads and nothing sets can be given', () => {
  const text = readFileSync('Makefile', 'utf8')
  const known = /^known := (.*)$/m.exec(text)![1]!.split(' ')
  const read = new Set([...text.matchAll(/\$\((?:if |or )?\$?\(?([A-Z]+)\)/g)].map(([, name]) => name!))
  expect([...read].filter((name) => !known.includes(name))).toEqual(
    ['MAKEFILE_LIST'].filter((name) => read.has(name)),
  )
  expect(read.size).toBeGreaterThan(10)
})

test('make example runs the modules of examples/, or the one that is named', () => {
  expect(plan('example')).toContain('for name in streaming-conv bram-conv axi-conv;')
  expect(plan('example', 'EXAMPLE=bram-conv')).toContain('for name in bram-conv;')
})
