import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { loadModel, prepareModel } from '../../../src/pipeline/model/prepare.ts'
import { validate } from '../../../src/pipeline/validate/validation.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { alignClasses } from '../../../src/validate/align-classes.ts'
import { loadDataset } from '../../../src/validate/load-dataset.ts'
import { sharedPath } from '../../checkpoint/shared-data.ts'
import { testWith } from '../../witness.ts'
import { defaultOptions } from '../default-model.ts'

testWith(
  ['../shared/models/yolov8n.pt', '../shared/coco', '../shared/reference'],
  'yolov8n in float has the reference’s accuracy, quantised nearly',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-reference-'))
    const options = {
      ...defaultOptions({ model: sharedPath('models/yolov8n.pt'), calibration: sharedPath('coco/calib') }),
      height: 640,
      width: 640,
    }
    try {
      const model = await loadModel(options.model, {}, silent)
      const prepared = await prepareModel(model, options, { out: folder, cache: true }, silent)
      const annotations = sharedPath('coco/dev/annotations/instances_val2017.json')
      const loaded = await loadDataset(annotations, { imageFolder: sharedPath('coco/dev/images') })
      const choice = { confidence: 0.001, iou: 0.7, maxDetections: 300, multiLabel: true }
      const { stages } = await validate(
        {
          stages: ['float', 'full'],
          dataset: alignClasses(loaded, model.graph.head.classes, annotations),
          model,
          prepared,
          options,
          modelName: 'yolov8n.pt',
          dataName: annotations,
          engine: { ...DEFAULT_ENGINE, tableBits: options.tableBits },
          choices: [choice, { ...choice, confidence: 0.25, multiLabel: false }],
          folder: join(folder, 'run'),
          cacheDir: join(folder, 'cache'),
          models: join(folder, 'cache', 'verilator'),
          cache: true,
          jobs: 2,
          environment: readEnvironment(),
          replicates: 20,
          seed: 1,
          pictures: [],
        },
        silent,
      )
      const { results } = JSON.parse(readFileSync(sharedPath('reference/map.json'), 'utf8')) as {
        results: { dev: Record<string, number> }
      }
      const [float, full] = stages
      const { dev } = results
      const expected = [dev.mAP50_95, dev.mAP50, dev.mAP75, dev.small, dev.medium, dev.large, dev.AR100]
      const { map, map50, map75, mapSmall, mapMedium, mapLarge, ar100 } = float!
      const found = [map, map50, map75, mapSmall, mapMedium, mapLarge, ar100]
      for (const [index, value] of found.entries())
        expect(Math.abs(value! - expected[index]!)).toBeLessThan(0.003)
      expect(full!.map!).toBeGreaterThan(float!.map! - 0.01)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
