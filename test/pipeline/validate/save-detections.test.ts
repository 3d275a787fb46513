/** `--save-detections` on a disk that becomes full: no file is half-written, and none passes for all. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { SystemError } from '../../../src/input/system-error.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { saveDetections } from '../../../src/pipeline/validate/save-detections.ts'
import { buildDataset } from '../../validate/build.ts'
import { testWith } from '../../witness.ts'
import { makeFolder } from '../prepared.ts'

const objects = [{ imageId: 1, classIndex: 0, box: [0, 0, 10, 10] as const }]
const finished = (boxes: number) => {
  const packed = Float32Array.from(
    { length: 6 * boxes },
    (_, index) => [1.125, 2, 30, 40, 0.5, 0][index % 6]!,
  )
  const record = { boxes: [packed], candidates: boxes, mismatch: null, cycles: 0, seconds: 0 }
  return { dataset: buildDataset({ images: 1, classes: 1, objects }), read: async () => record }
}

testWith('the right to mount a tmpfs', 'a disk that is full names the file; none is there', async () => {
  const disk = makeFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' })
  try {
    writeFileSync(join(disk, 'kept'), 'kept')
    const folder = join(disk, 'validate')
    mkdirSync(folder)
    const error: unknown = await saveDetections(folder, finished(2000), ['float', 'full'], silent).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(SystemError)
    expect((error as Error).message).toMatch(
      /detections-(float|full)\.json: the disk is full\. Nothing was changed\. Free some space or choose another folder/,
    )
    expect(readdirSync(folder)).toEqual([])
    expect(readFileSync(join(disk, 'kept'), 'utf8')).toBe('kept')
    const paths = await saveDetections(folder, finished(20), ['float', 'full'], silent)
    expect(
      readdirSync(folder)
        .map((name) => join(folder, name))
        .sort(),
    ).toEqual([...paths].sort())
  } finally {
    execFileSync('umount', [disk])
  }
})
