/** docs/detector.md, "Run it": its commands, its bench and its call of Verilator give the boxes that `assay golden` lists. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { IntegerBox } from '../../src/golden/types.ts'
import { repositoryPath } from '../checkpoint/shared-data.ts'
import { runAssay } from '../cli/run-assay.ts'
import { shareModels } from '../cli/share-models.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { readCommands, readFences } from './fences.ts'

test('the bench of the page prints the golden boxes', async () => {
  const page = readFileSync(repositoryPath('docs/detector.md'), 'utf8')
  const section = page.slice(page.indexOf('\n## Run it\n'))
  const [commands, bench, call] = readFences('docs/detector.md', section)
  const out = makeFolder()
  await shareModels(out)
  for (const [, , ...words] of readCommands(commands!.text)) {
    const { exitCode, stderr } = await runAssay([...words, '--out', out])
    expect(exitCode, stderr).toBe(0)
  }
  const run = join(out, 'shapes-w8a8')
  const roms = join(run, 'roms')
  writeFileSync(join(run, bench!.file!), bench!.text)
  const env = { ...process.env, RTL: repositoryPath('rtl') }
  const printed = execFileSync('/bin/bash', ['-ec', call!.text], { cwd: roms, env, encoding: 'utf8' })
  const boxes = JSON.parse(readFileSync(join(run, 'golden', 'boxes.json'), 'utf8')) as readonly IntegerBox[]
  expect(boxes.length).toBeGreaterThan(3)
  expect(printed.split('\n').filter((line) => line.startsWith('class '))).toEqual(
    boxes.map(
      ({ classIndex, score, x0, y0, x1, y1 }) =>
        `class ${classIndex} score ${score} corners ${x0} ${y0} ${x1} ${y1}`,
    ),
  )
})
