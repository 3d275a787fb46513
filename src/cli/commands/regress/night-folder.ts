/** The folder of a night: each plan has one of its own, so that no plan removes what another has left. */
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import { sha256 } from '../../../store/hash.ts'
import { NIGHTS, type RegressArguments } from './options.ts'

/** A plan's name as the name of a folder. What cannot stand in one is left out, and a digest tells such names apart. */
export function folderName(plan: string): string {
  const plain = plan.replaceAll(/[^\w.-]+/g, '-').slice(0, 60)
  return plain === plan && !/^[.-]/.test(plan) ? plan : `plan-${plain}-${sha256(plan).slice(0, 8)}`
}

/** @returns an absolute path. @throws InputError where a call without a plan could mean several nights, or none. */
export async function chooseFolder({ folder, file }: RegressArguments): Promise<string> {
  if (folder !== undefined) return resolve(folder)
  if (file === undefined) return resolve(findOnlyNight(NIGHTS))
  const { readPlanName } = await import('./read-plan.ts')
  return resolve(NIGHTS, folderName(await readPlanName(file)))
}

/** The one plan that was written in a folder of nights. */
export function findOnlyNight(nights: string): string {
  const names = existsSync(nights) ? readdirSync(nights).sort() : []
  const written = names
    .map((name) => join(nights, name))
    .filter((path) => existsSync(join(path, 'plan.json')))
  const [only, ...more] = written
  if (only === undefined)
    throw new InputError(
      'no plan was written here',
      nights,
      'Write one with `assay regress PLAN --plan`, or name its folder with --folder.',
    )
  if (more.length > 0)
    throw new InputError(
      `${written.length} plans were written here: ${written.join(', ')}`,
      nights,
      'Name the plan, or one of these folders with --folder.',
    )
  return only
}
