/** The schemas that are shipped: each is what its source says, and says what people are to write. */
import { expect, test } from 'vitest'
import {
  renderDumpSchema,
  renderNightSchema,
  renderOptionsSchema,
  renderOverridesSchema,
  renderPlanSchema,
  renderProfileSchema,
  renderReportSchema,
} from './render.ts'

// `npm run build:schemas` runs this file with --update, which writes the schemas.
test.each([
  { name: 'report', render: renderReportSchema },
  { name: 'assay', render: renderOptionsSchema },
  { name: 'night', render: renderNightSchema },
  { name: 'overrides', render: renderOverridesSchema },
  { name: 'dump', render: renderDumpSchema },
  { name: 'profile', render: renderProfileSchema },
  { name: 'regress', render: renderPlanSchema },
])('docs/$name.schema.json is what its source says', async ({ name, render }) => {
  // Lists of words and numbers stand on one line.
  const text = JSON.stringify(render(), null, 2).replaceAll(/\[[^[\]{}]*\]/g, (list) =>
    list.replaceAll(/\s+/g, ' ').replaceAll(/^\[ | \]$/g, (end) => end.trim()),
  )
  await expect(`${text}\n`).toMatchFileSnapshot(`../../docs/${name}.schema.json`)
})

test('everything that people write is described', () => {
  const { properties = {}, $defs = {} } = renderOptionsSchema() as Described
  const { properties: own = {} } = $defs.overrides!.additionalProperties as Described
  const all = Object.entries({ ...properties, ...own }).flatMap(([name, property]) =>
    (property.description === undefined ? property.anyOf! : [property]).map(({ description }) => [
      name,
      description,
    ]),
  )
  expect(all.length).toBeGreaterThan(80)
  for (const [name, description] of all)
    expect([name, description]).toEqual([name, expect.stringMatching(/\w/)])
})

interface Described {
  readonly description?: string
  readonly anyOf?: readonly Described[]
  readonly properties?: Readonly<Record<string, Described>>
  readonly additionalProperties?: unknown
  readonly $defs?: Readonly<Record<string, Described>>
}
