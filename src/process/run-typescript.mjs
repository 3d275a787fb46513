/** Runs a program from its TypeScript, as tests do: Node 20 cannot, and Node 22 knows no `await using`. No part of the package. */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createJiti } from 'jiti'

const [program, fsCache] = process.argv.slice(2)
const options = { fsCache, interopDefault: false }
/** Folder of files to be read instead of those of the checkout, as `make mutate-ts` names it. */
const mutants = process.env.ASSAY_MUTANTS

function readInstead() {
  const plain = createJiti(import.meta.url)
  const transform = ({ source, filename, ...rest }) => {
    const instead = join(mutants, relative(process.cwd(), filename ?? ''))
    const text = existsSync(instead) ? readFileSync(instead, 'utf8') : source
    return { code: plain.transform({ ...rest, source: text, filename }) }
  }
  return { ...options, fsCache: false, transform }
}

await createJiti(import.meta.url, mutants === undefined ? options : readInstead()).import(program)
