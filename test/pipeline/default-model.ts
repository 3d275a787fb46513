/** Options under which the embedded model is quantised in tests: few calibration images, the rest as by default. */

import { resolveInputs } from '../../src/cli/model/inputs.ts'
import { toModelOptions } from '../../src/cli/model/quantisation.ts'
import { defaultArguments } from '../../src/cli/options/check-value.ts'
import { MODEL_OPTIONS, type ModelArguments } from '../../src/cli/options/shared.ts'
import type { ModelOptions } from '../../src/pipeline/model/options.ts'

export function defaultOptions(changes: Partial<ModelArguments> = {}): ModelOptions {
  const args = { ...defaultArguments(MODEL_OPTIONS), calibrationImages: 8, ...changes }
  return toModelOptions(args, resolveInputs(args), { height: 160, width: 160 })
}
