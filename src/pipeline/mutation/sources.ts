/** The sources with their mutants asleep in them, as files in a folder of their own. */
import { join, relative, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { checkFiles } from '../../input/read-file.ts'
import { type Mutant, mutateSource } from '../../mutation/mutate-source.ts'
import { readTokens } from '../../mutation/tokens.ts'
import { mutatedPath } from '../../simulate/environment.ts'
import { readInput, writeWhole } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'

export interface MutatedFile {
  /** As the user names it. */
  readonly file: string
  readonly source: string
  readonly mutants: readonly Mutant[]
  readonly first: number
}

export interface MutatedSources {
  readonly folder: string
  readonly files: readonly MutatedFile[]
}

/** Reads the sources and finds their mutants: the numbers are counted through all files. @throws InputError for a missing file */
export async function findMutants(paths: readonly string[], out: string): Promise<MutatedSources> {
  checkFiles(paths, 'Check the path.')
  const files: MutatedFile[] = []
  let first = 1
  for (const path of [...new Set(paths.map((each) => relative('.', resolve(each))))]) {
    const source = new TextDecoder().decode(await readInput(path))
    const { mutants } = mutateSource(source, path, { first })
    files.push({ file: path, source, mutants, first })
    first += mutants.length
  }
  // The same sources have the same place: models are kept by the paths of their sources, too.
  const name = sha256(files.map(({ file }) => resolve(file)).join('\n')).slice(0, 12)
  return { folder: resolve(join(out, 'mutation', name)), files }
}

/** What a source of its own declares. */
const UNITS = new Set(['module', 'package', 'interface', 'program', 'class', 'primitive', 'checker', 'bind'])

/** @throws InputError for a file that somebody has named and that is no source by itself: text that modules include, C, anything else */
export function checkNamed({ files }: MutatedSources): void {
  for (const { file, source, mutants } of files)
    if (mutants.length === 0 && !readTokens(source).some(({ text }) => UNITS.has(text)))
      throw new InputError(
        'has no module, and nothing that Assay breaks',
        file,
        'Name files with modules. What a module includes is not broken.',
      )
}

/** Writes the texts. @param without mutants that do not compile */
export async function writeMutated(
  { folder, files }: MutatedSources,
  without: ReadonlySet<number>,
): Promise<void> {
  for (const { file, source, first } of files)
    await writeWhole(mutatedPath(folder, file), mutateSource(source, file, { first, without }).text)
}
