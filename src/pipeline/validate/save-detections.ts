/** Writes the boxes of every stage, and the annotations that they were measured against, so that anybody can measure again. */
import { join } from 'node:path'
import type { Stage } from '../../result/accuracy.ts'
import { removePath, writeWhole } from '../../store/files.ts'
import { toCocoAnnotations, toCocoResults } from '../../validate/coco-results.ts'
import { unpackDetections } from '../../validate/packed-boxes.ts'
import type { Progress } from '../files/progress.ts'
import type { FinishedStages } from './run.ts'

/**
 * @throws InputError or SystemError naming the file that cannot be written; then none is left
 * @returns paths of the files: `instances.json`, and `detections-<stage>.json` for each stage
 */
export async function saveDetections(
  folder: string,
  { dataset, read }: Pick<FinishedStages, 'dataset' | 'read'>,
  stages: readonly Stage[],
  progress: Progress,
): Promise<readonly string[]> {
  const task = progress.start('save detections')
  const paths: string[] = []
  try {
    const save = async (name: string, content: string | Uint8Array): Promise<void> => {
      const path = join(folder, name)
      await writeWhole(path, content)
      paths.push(path)
    }
    await save('instances.json', JSON.stringify(toCocoAnnotations(dataset)))
    for (const stage of stages)
      await save(`detections-${stage}.json`, await formatStage(stage, { dataset, read }))
  } catch (error) {
    // Half of the files must not pass for all.
    for (const path of paths) await removePath(path)
    throw error
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
