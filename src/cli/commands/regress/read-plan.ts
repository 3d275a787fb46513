/** A plan from its file: YAML, JSON, or a module that exports it by default. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import { type Located, locateByKeys, parseLocatedYaml } from '../../../input/located.ts'
import { isModulePath } from '../../../input/path-name.ts'
import { toPlain } from '../../../input/plain-value.ts'
import { readWholeText } from '../../../input/read-file.ts'
import { silent } from '../../../pipeline/files/progress.ts'
import { type Expansion, expandPlan, nameOfPlan } from '../../../regress/expand-plan.ts'
import type { SimArguments } from '../sim/options.ts'
import { type FileKind, findFaults } from './file-heads.ts'
import { type KnownFiles, makeRules } from './option-rules.ts'

const ADVICE = 'Name a plan: a .yaml, .json or .ts file. `assay regress --example` prints one.'

/** Room for as many entries as a plan may have, written one by one. */
const MOST_BYTES = 16_000_000

/** Every option of every entry is checked, as `assay sim` would. @throws InputError by its line. */
export async function readPlan(file: string): Promise<Expansion> {
  const located = await readLocated(file)
  const folder = dirname(resolve(file))
  const asked = new Map<string, SimArguments['size']>()
  const files = new Map<string, FileKind>()
  const expand = (known: Pick<KnownFiles, 'layers' | 'faults'>): Expansion => {
    const rules = makeRules(folder, {
      ...known,
      ask: (model, size) => void asked.set(model, size),
      askFile: (path, kind) => void files.set(path, kind),
    })
    return expandPlan(file, located, rules, process.cwd())
  }
  const expansion = expand({ layers: new Map(), faults: new Map() })
  const faults = files.size === 0 ? new Map<string, string>() : await findFaults(files)
  if (asked.size === 0 && faults.size === 0) return expansion
  // What a file holds is known once it is read, and a wrong one has a line in the plan.
  return expand({ layers: await readLayers(asked), faults })
}

/** Names of layers by path of the checkpoint. One that cannot be read is named by the runs that need it. */
async function readLayers(
  asked: ReadonlyMap<string, SimArguments['size']>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { loadModel } = await import('../../../pipeline/model/prepare.ts')
  const { listLayerNames } = await import('../../model/layers.ts')
  const lists = [...asked].map(async ([path, size]) => {
    const model = await loadModel(path, size ?? {}, silent).catch(() => null)
    return model === null ? [] : [[path, listLayerNames(model.graph)] as const]
  })
  return new Map((await Promise.all(lists)).flat())
}

/** The name alone, of which the folder of a night is made. @throws InputError by its line. */
export async function readPlanName(file: string): Promise<string> {
  return nameOfPlan(file, await readLocated(file))
}

async function readLocated(file: string): Promise<Located> {
  if (!isModulePath(file)) return parseLocatedYaml(await readWholeText(file, ADVICE, MOST_BYTES), file)
  if (!existsSync(file)) throw new InputError('no such file', file, ADVICE)
  const { importDefault, loadModule } = await import('../../../pipeline/modules/load-module.ts')
  const value = await loadModule(file, async () => toPlain(await importDefault(resolve(file)), file))
  if (value === undefined)
    throw new InputError('exports nothing by default', file, 'Write `export default { matrix: … }`.')
  return locateByKeys(value, file)
}
