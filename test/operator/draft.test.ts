/** What `assay init` makes of ports: complete where names say enough, honest where they do not. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { draftConfig } from '../../src/operator/draft.ts'
import { loadConfig } from '../../src/pipeline/own-rtl/config.ts'
import { type ModuleInterface, readPorts } from '../../src/simulate/index.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/streaming-conv/', import.meta.url))

describe('a drafted configuration', () => {
  test('of the example is the configuration that the example has', async () => {
    const folder = join(EXAMPLE, 'rtl')
    const sources = ['line_window.sv', 'streaming_conv.sv'].map((name) => join(folder, name))
    const module = await readPorts({ top: 'streaming_conv', sources })
    const path = join(mkdtempSync(join(tmpdir(), 'assay-draft-')), 'assay.config.ts')
    writeFileSync(
      path,
      draftConfig(
        module,
        sources.map((source) => source.slice(EXAMPLE.length)),
      ),
    )
    const { config: drafted } = await loadConfig(path)
    const { config: written } = await loadConfig(join(EXAMPLE, 'assay.config.ts'))
    expect({ ...drafted, layers: null }).toEqual({ ...written, layers: null })
  })

  test('marks what it cannot guess', async () => {
    const port = (name: string, direction: 'input' | 'output', width: number) => ({
      name,
      direction,
      width,
      signed: false,
      elements: null,
    })
    const module: ModuleInterface = {
      name: 'odd',
      ports: [port('clk_i', 'input', 1), port('mode_i', 'input', 3), port('q_o', 'output', 8)],
      parameters: [{ name: 'Depth', local: false, width: 32, signed: true, value: 12 }],
    }
    const text = draftConfig(module, ["a'b.sv"])
    expect(text).toContain("sources: ['a\\'b.sv']")
    expect(text).toContain('mode_i: 0, // TODO: 3 bits')
    expect(text).toContain('Depth: 12,')
    expect(text).toMatch(/TODO: no input stream[\s\S]*TODO: no output stream/)
    const path = join(mkdtempSync(join(tmpdir(), 'assay-draft-')), 'assay.config.ts')
    writeFileSync(path, text)
    await expect(loadConfig(path)).rejects.toThrow(/inputs: expected at least one stream or memory/)
  })
})
