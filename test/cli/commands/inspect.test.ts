import { describe, expect, test } from 'vitest'
import { inspectModel, renderInspection } from '../../../src/cli/commands/inspect.ts'
import { parseSize } from '../../../src/cli/options/parse.ts'
import { repositoryPath, sharedPath } from '../../checkpoint/shared-data.ts'
import { testWith } from '../../witness.ts'

describe('assay inspect', () => {
  test('the embedded model fits 80 columns and lists every layer', async () => {
    const inspection = await inspectModel(repositoryPath('golden/default/shapes.pt'))
    const text = renderInspection(inspection)
    const lines = text.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(inspection.input).toEqual([3, 160, 160])
    for (const { name } of inspection.layers)
      expect(lines.filter((line) => line.startsWith(`${name} `))).toHaveLength(1)
    expect(text).toContain('parameters  913,028, after fusion ')
    expect(text).toMatch(/^model\.0 +conv\+bn\+silu +8x80x80 +3x3\/2 +232 +1\.4 M$/m)
    expect(text).toContain('classes     circle, square, triangle, star')
  })

  test('another size changes shapes and MACs, not parameters', async () => {
    const path = repositoryPath('golden/default/shapes.pt')
    const own = await inspectModel(path)
    const double = await inspectModel(path, parseSize('160x320'))
    expect(double.input).toEqual([3, 160, 320])
    expect(double.totals).toEqual({ ...own.totals, macs: own.totals.macs * 2 })
  })

  testWith('../shared/models/yolov8n.pt', 'yolov8n has the published size', async () => {
    const { totals, dtype, classes, stride, className } = await inspectModel(sharedPath('models/yolov8n.pt'))
    expect(totals).toMatchObject({
      parameters: 3_157_200,
      fusedParameters: 3_151_904,
      batchNorms: 57,
      convolutions: 63,
    })
    expect({ dtype, stride, className, classes: classes.length }).toEqual({
      dtype: 'float16',
      stride: [8, 16, 32],
      className: 'ultralytics.nn.tasks.DetectionModel',
      classes: 80,
    })
  })

  test('a file that is not there is bad input', async () => {
    await expect(inspectModel('nowhere/none.pt')).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/^nowhere\/none\.pt: no such file/),
    })
  })
})
