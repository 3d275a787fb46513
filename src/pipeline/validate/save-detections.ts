/** Writes the boxes of every stage, and the annotations that they were measured against, so that anybody can measure again. */
import { join } from 'node:path'
import { STAGES, type Stage } from '../../result/accuracy.ts'
import { writeSet } from '../../store/file-set.ts'
import { removePath } from '../../store/files.ts'
import { toCocoAnnotations, toCocoResults } from '../../validate/coco-results.ts'
import { unpackDetections } from '../../validate/packed-boxes.ts'
import type { Progress } from '../files/progress.ts'
import type { FinishedStages } from './run.ts'

const ANNOTATIONS = 'instances.json'
const fileOf = (stage: Stage): string => `detections-${stage}.json`

/** Removes what an earlier run saved in the folder: it may be of another data set. */
export async function removeDetections(folder: string): Promise<void> {
  for (const name of [ANNOTATIONS, ...STAGES.map(fileOf)]) await removePath(join(folder, name))
}

/**
 * @throws InputError or SystemError naming the file that cannot be written; then none is there
 * @returns paths of the files: `instances.json`, and `detections-<stage>.json` for each stage
 */
export async function saveDetections(
  folder: string,
  { dataset, read }: Pick<FinishedStages, 'dataset' | 'read'>,
  stages: readonly Stage[],
  progress: Progress,
): Promise<readonly string[]> {
  const task = progress.start('save detections')
  const paths = [ANNOTATIONS, ...stages.map(fileOf)].map((name) => join(folder, name))
  await writeSet(async (set) => {
    await set.put(paths[0]!, JSON.stringify(toCocoAnnotations(dataset)))
    for (const [index, stage] of stages.entries())
      await set.put(paths[index + 1]!, await formatStage(stage, { dataset, read }))
  })
  task.done(folder)
  return paths
}

/** An image at a time: one text of all could be longer than a text can be. */
async function formatStage(
  stage: Stage,
  { dataset, read }: Pick<FinishedStages, 'dataset' | 'read'>,
): Promise<Uint8Array> {
  const parts: Buffer[] = []
  for (const [index, image] of dataset.images.entries()) {
    const [packed] = (await read(stage, index)).boxes
    for (const result of toCocoResults(unpackDetections(packed!, image), image, dataset))
      parts.push(Buffer.from(`${parts.length === 0 ? '' : ',\n'}${JSON.stringify(result)}`))
  }
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']\n')])
}
