/** Writes the boxes of every stage, and the annotations that they were measured against, so that anybody can measure again. */
import { join } from 'node:path'
import type { Stage } from '../../result/accuracy.ts'
import { writeWhole } from '../../store/files.ts'
import { toCocoAnnotations, toCocoResults } from '../../validate/coco-results.ts'
import { unpackDetections } from '../../validate/packed-boxes.ts'
import type { Progress } from '../files/progress.ts'
import type { FinishedStages } from './run.ts'

/** @returns paths of the files: `instances.json`, and `detections-<stage>.json` for each stage */
export async function saveDetections(
  folder: string,
  { dataset, read }: Pick<FinishedStages, 'dataset' | 'read'>,
  stages: readonly Stage[],
  progress: Progress,
): Promise<readonly string[]> {
  const task = progress.start('save detections')
  const truth = join(folder, 'instances.json')
  await writeWhole(truth, JSON.stringify(toCocoAnnotations(dataset)))
  const paths = [truth]
  for (const stage of stages) {
    const path = join(folder, `detections-${stage}.json`)
    await writeWhole(path, await formatStage(stage, { dataset, read }))
    paths.push(path)
  }
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
