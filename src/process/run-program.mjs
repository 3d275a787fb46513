/**
 * Runs a program of `src/` for the tests: as test/global-setup.ts has compiled it. Mutants are in no compiled program: jiti reads
 * them. No part of the package.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The program's path in `src/`, without its ending. */
const program = process.argv[2]
const home = fileURLToPath(new URL('../../', import.meta.url))
/** Folder of files to be read instead of those of the checkout, as `make mutate-ts` names it. */
const mutants = process.env.ASSAY_MUTATED_SOURCES

async function runMutated() {
  const { createJiti } = await import('jiti')
  const plain = createJiti(import.meta.url)
  const transform = ({ source, filename, ...rest }) => {
    const instead = join(mutants, relative(process.cwd(), filename ?? ''))
    const text = existsSync(instead) ? readFileSync(instead, 'utf8') : source
    return { code: plain.transform({ ...rest, source: text, filename }) }
  }
  await createJiti(import.meta.url, { fsCache: false, interopDefault: false, transform }).import(
    `${program}.ts`,
  )
}

const compiled = join(home, 'dist', relative(join(home, 'src'), `${program}.js`))
await (mutants === undefined ? import(pathToFileURL(compiled).href) : runMutated())
