/** Options under which the embedded model is quantised in tests: few calibration images, the rest as by default. */

import { MODEL_OPTIONS, type ModelArguments, resolveInputs, toModelOptions } from '../../src/cli/options.ts'
import type { ModelOptions } from '../../src/pipeline/model/options.ts'

export function defaultOptions(changes: Partial<ModelArguments> = {}): ModelOptions {
  const defaults = Object.entries(MODEL_OPTIONS).flatMap(([name, option]) =>
    'default' in option
      ? [[name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), option.default]]
      : [],
  )
  const args = { ...Object.fromEntries(defaults), calibrationImages: 8, ...changes } as ModelArguments
  return toModelOptions(args, resolveInputs(args), [160, 160])
}
