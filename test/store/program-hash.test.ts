/** The hash of what quantises covers every room that a quantised model comes from: a kept model of other code is not found. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** They move data, and decide nothing in it. */
const CARRIERS = [
  'process',
  'store',
  'pipeline/files',
  'artefacts',
  'detector',
  'result',
  'rom',
  'rom/formats',
  'report',
]

const hashed = /const QUANTISER = \[([^\]]*)\]/.exec(readFileSync('src/store/program-hash.ts', 'utf8'))![1]!
const rooms = [...hashed.matchAll(/'([^']+)'/g)].map(([, room]) => room!)

/** The rooms that files of a room name. */
function importsOf(room: string): readonly string[] {
  const files = readdirSync(join('src', room)).filter((name) => name.endsWith('.ts'))
  return files.flatMap((file) => {
    const text = readFileSync(join('src', room, file), 'utf8')
    const names = [...text.matchAll(/from '(\.\.?\/[^']+)'/g)]
    return names.map(([, path]) => dirname(normalize(join(room, path!))))
  })
}

test('every room that they use is hashed, but for those that carry data', () => {
  expect(rooms.length).toBeGreaterThan(5)
  const used = new Set(rooms.flatMap(importsOf))
  expect([...used].filter((room) => !rooms.includes(room) && !CARRIERS.includes(room))).toEqual([])
})
