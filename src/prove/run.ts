/** One proof: the property, what it is about, and its broken copies. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OUR_RTL } from '../pipeline/files/rtl-sources.ts'
import { inTemporaryFolder } from '../store/files.ts'
import { prove, search } from './engines.ts'
import type { Proof } from './proof.ts'
import { breakModule, insertProperty } from './source.ts'
import type { Proved } from './summary.ts'

/** A solver that has not answered by then is not waited for. */
const SECONDS = 600

export interface Outcome extends Omit<Proved, 'proof'> {
  readonly proof: Proof
  /** Of the proof alone. */
  readonly seconds: number
}

export const PROPERTIES = join('test', 'prove')

export const readModule = ({ module }: Proof): Promise<string> =>
  readFile(join(OUR_RTL, `${module}.sv`), 'utf8')

/** @param text of the module */
export async function runProof(proof: Proof, text: string): Promise<Outcome> {
  const { module, sources = [] } = proof
  const property = await readFile(join(PROPERTIES, `${proof.name}.sv`), 'utf8')
  const others = ['assay_pkg', ...sources].map((name) => join(OUR_RTL, `${name}.sv`))
  return inTemporaryFolder('assay-prove-', async (folder) => {
    const ask = async (name: string, copy: string) => {
      const scratch = join(folder, name)
      await mkdir(scratch)
      const path = join(scratch, `${module}.sv`)
      await writeFile(path, insertProperty(copy, property, proof.before))
      return { proof, copy: path, others, scratch, seconds: SECONDS }
    }
    const begin = performance.now()
    let verdict = await prove(await ask('proof', text))
    for (const [index, parameters] of (proof.also ?? []).entries())
      if (verdict === 'holds')
        verdict = await prove({ ...(await ask(`also-${index}`, text)), proof: { ...proof, parameters } })
    const seconds = (performance.now() - begin) / 1000
    const reached = (await search(await ask('reached', text), 'reached')) === 'refuted'
    const red: boolean[] = []
    for (const [index, breakage] of proof.broken.entries()) {
      const question = await ask(`broken-${index}`, breakModule(text, breakage))
      red.push((await search(question, 'holds', breakage.after)) === 'refuted')
    }
    return { proof, verdict, seconds, reached, red }
  })
}
