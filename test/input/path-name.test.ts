import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.ts'
import { InputError } from '../../src/input/input-error.ts'
import { pathName } from '../../src/input/path-name.ts'
import { writeSynthetic } from '../checkpoint/synthetic.ts'
import { describeModule } from '../checkpoint/synthetic-modules.ts'
import { describeTensor } from '../checkpoint/write-pickle.ts'

describe('pathName', () => {
  test.each(['model.22.cv2.0', 'model.9.m@1', '..x', 'best (1).pt', 'größe', 'x'.repeat(200)])(
    'takes %j',
    (name) => expect(pathName(name, 'x')).toBe(name),
  )
  test.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc',
    'a\\b',
    'a\0b',
    'a\nb',
    '\u001b[31m',
    '\ud800',
    'ü'.repeat(101),
  ])('refuses %j', (name) => expect(() => pathName(name, 'file.pt')).toThrow(InputError))
})

describe('a checkpoint cannot name a file elsewhere', () => {
  const type = ['torch.nn.modules.container', 'Sequential'] as const
  const tensor = describeTensor({ key: '1', shape: [3] })
  test.each([
    { because: 'a module', parts: { modules: [['22/../../x', describeModule(type, [])] as const] } },
    { because: 'a parameter', parts: { parameters: [['../../x', tensor] as const] } },
    { because: 'a buffer', parts: { buffers: [['a\0b', tensor] as const] } },
    { because: 'a name too long for a file', parts: { buffers: [['x'.repeat(300), tensor] as const] } },
  ])('by $because', async ({ parts }) => {
    const bytes = writeSynthetic({ replace: new Map([['model.0', describeModule(type, [], parts)]]) })
    await expect(readCheckpoint(bytes, 'evil.pt')).rejects.toThrow(InputError)
  })
})

/** What this program alone chooses, or what cannot lead elsewhere. */
const OWN = [
  /^(key|layout|stage|index|count|number|process\.pid|\w*[bB]its|options\.\w+Bits|integer\.\w+Bits)$/,
  /^(rom|format|change\.what.*)$/,
  /^(sha256|randomBytes|basename|process\.getuid\?\.)\(|^imageHash\.slice/,
]
/** The checkpoint's name as its user typed it, without folders; a text of a message; one of ROM_NAMES. */
const KNOWN = ['cli/model/inputs.ts: stem', 'validate/yolo.ts: yamlPath', 'pipeline/roms/files.ts: name']

test('no path is joined from a text with a name in it that pathName has not seen', () => {
  const root = join(import.meta.dirname, '../../src')
  const faults: string[] = []
  for (const folder of ['pipeline', 'cli', 'validate', 'artefacts', 'report', 'checkpoint'])
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue
      const text = readFileSync(join(root, folder, file), 'utf8')
      for (const { index } of text.matchAll(/\b(join|resolve)\(/g)) {
        const call = balanced(text, text.indexOf('(', index)).replaceAll(/pathName\([^`]*`[^`]*`/g, '')
        for (const [, inner] of call.matchAll(/\$\{([^}]*)\}/g))
          if (!OWN.some((own) => own.test(inner!))) faults.push(`${folder}/${file}: ${inner}`)
      }
    }
  expect(faults.filter((fault) => !KNOWN.includes(fault))).toEqual([])
})

/** The text of the parentheses that open at `from`. */
function balanced(text: string, from: number): string {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')' && --depth === 0) return text.slice(from, at + 1)
  }
  return text.slice(from)
}
