/** Runs a program from its TypeScript, as tests do: Node 20 cannot, and Node 22 knows no `await using`. No part of the package. */
import { createJiti } from 'jiti'

const [program, fsCache] = process.argv.slice(2)
await createJiti(import.meta.url, { fsCache, interopDefault: false }).import(program)
