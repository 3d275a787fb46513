import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRecord, runFolder, writeRecord } from '../../../src/pipeline/regress/run-record.ts'
import { NOT_BEGUN } from '../../../src/regress/join-night.ts'

test('a record is of its run and its night alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-record-'))
  await writeRecord(folder, 'a', { night: 'one', ...NOT_BEGUN })
  expect(await readRecord(folder, 'a', 'one')).toMatchObject({ run: 'a', ended: 'notRun' })
  expect(await readRecord(folder, 'a', 'two')).toBeNull()
  cpSync(runFolder(folder, 'a'), runFolder(folder, 'b'), { recursive: true })
  expect(await readRecord(folder, 'b', 'one')).toBeNull()
})
