/** A plan from its file: YAML, JSON, or a module that exports it by default. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import { type Located, locateByKeys, parseLocatedYaml } from '../../../input/located.ts'
import { readWholeText } from '../../../input/read-file.ts'
import { type Expansion, expandPlan, nameOfPlan } from '../../../regress/expand-plan.ts'
import { isModulePath } from '../../options/config-file.ts'
import { makeRules } from './option-rules.ts'

const ADVICE = 'Name a plan: a .yaml, .json or .ts file. docs/regress.md shows one.'

/** Every option of every entry is checked, as `assay sim` would. @throws InputError by its line. */
export async function readPlan(file: string): Promise<Expansion> {
  return expandPlan(file, await readLocated(file), makeRules(dirname(resolve(file))), process.cwd())
}

/** The name alone, of which the folder of a night is made. @throws InputError by its line. */
export async function readPlanName(file: string): Promise<string> {
  return nameOfPlan(file, await readLocated(file))
}

async function readLocated(file: string): Promise<Located> {
  if (!isModulePath(file)) return parseLocatedYaml(await readWholeText(file, ADVICE), file)
  if (!existsSync(file)) throw new InputError('no such file', file, ADVICE)
  const { importDefault, loadModule } = await import('../../../pipeline/own-rtl/load-module.ts')
  const value = await loadModule(file, () => importDefault(resolve(file)))
  if (value === undefined)
    throw new InputError('exports nothing by default', file, 'Write `export default { matrix: … }`.')
  return locateByKeys(value, file)
}
