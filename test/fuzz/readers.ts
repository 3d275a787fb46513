/** Every reader of files from elsewhere, with valid files to damage. A new reader joins one of the lists. */
import type { Reader } from './fuzz.ts'
import { artefactReaders } from './readers/artefacts.ts'
import { cacheReaders } from './readers/caches.ts'
import { checkpointReaders, graphReader } from './readers/checkpoints.ts'
import { datasetReaders } from './readers/datasets.ts'
import { dumpReaders } from './readers/dumps.ts'
import { modelReaders } from './readers/models.ts'
import { nightReaders } from './readers/nights.ts'
import { optionReaders, portReaders } from './readers/options.ts'
import { pictureReaders } from './readers/pictures.ts'
import { reportReaders } from './readers/reports.ts'

export async function listReaders(): Promise<readonly Reader[]> {
  return [
    ...checkpointReaders(),
    await graphReader(),
    ...artefactReaders(),
    ...dumpReaders(),
    ...modelReaders(),
    ...(await pictureReaders()),
    ...(await datasetReaders()),
    ...optionReaders(),
    ...portReaders(),
    ...(await cacheReaders()),
    ...(await reportReaders()),
    ...(await nightReaders()),
  ]
}
