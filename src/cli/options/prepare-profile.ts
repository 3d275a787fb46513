/** A profile in TypeScript is loaded before options are checked against each other; one of JSON is read where it is asked for. */
import { isModulePath } from '../../input/path-name.ts'

/** Of an option that names a profile. @throws InputError as `loadProfile` */
export async function prepareProfile(nameOrPath: string): Promise<void> {
  if (!isModulePath(nameOrPath)) return
  const { loadProfile } = await import('../../pipeline/modules/load-profile.ts')
  await loadProfile(nameOrPath)
}
