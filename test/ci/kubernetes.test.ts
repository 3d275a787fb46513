/**
 * The manifests of an indexed job, held against the API: no cluster runs here. The schema has the fields of `batch/v1` Job, of its pods
 * and of their containers that a job like this may use, each of the type that the API's reference gives, and refuses every other name.
 */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readFences } from '../docs/fences.ts'

const text = { type: 'string', minLength: 1 }
const count = { type: 'integer', minimum: 0 }
/** A DNS label. */
const label = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' }
const texts = { type: 'array', items: text }
const map = { type: 'object', additionalProperties: { type: 'string' } }
const object = (properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) => ({
  ...{ type: 'object', properties, required, additionalProperties: false },
})
const list = (items: unknown) => ({ type: 'array', items, minItems: 1 })

const container = object(
  {
    ...{ name: label, image: text, command: texts, args: texts, workingDir: text },
    imagePullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
    env: list(object({ name: text, value: { type: 'string' } }, ['name'])),
    resources: object({ limits: map, requests: map }),
    volumeMounts: list(
      object({ name: label, mountPath: text, subPath: text, readOnly: { type: 'boolean' } }, [
        'name',
        'mountPath',
      ]),
    ),
  },
  ['name'],
)
const volume = object(
  {
    ...{
      name: label,
      emptyDir: object({ sizeLimit: text }),
      hostPath: object({ path: text, type: text }, ['path']),
    },
    persistentVolumeClaim: object({ claimName: text, readOnly: { type: 'boolean' } }, ['claimName']),
  },
  ['name'],
)
const metadata = object({ name: label, namespace: label, labels: map, annotations: map })
const pod = object(
  // The API takes no other policy for the pods of a job.
  {
    restartPolicy: { enum: ['OnFailure', 'Never'] },
    containers: list(container),
    volumes: list(volume),
    nodeSelector: map,
  },
  ['containers', 'restartPolicy'],
)
const job = object(
  {
    ...{
      apiVersion: { const: 'batch/v1' },
      kind: { const: 'Job' },
      metadata: { ...metadata, required: ['name'] },
    },
    spec: object(
      {
        ...{ completions: count, parallelism: count, backoffLimit: count, backoffLimitPerIndex: count },
        ...{ activeDeadlineSeconds: count, ttlSecondsAfterFinished: count },
        completionMode: { enum: ['NonIndexed', 'Indexed'] },
        template: object({ metadata, spec: pod }, ['spec']),
      },
      ['template'],
    ),
  },
  ['apiVersion', 'kind', 'metadata', 'spec'],
)
const validate = new Ajv2020({ allErrors: true }).compile(job)

interface Job {
  readonly spec: {
    readonly completions: number
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[]
          readonly volumeMounts: readonly { readonly name: string }[]
        }[]
        readonly volumes: readonly { readonly name: string }[]
      }
    }
  }
}

const manifests = ['docs/farm.md', 'docs/regress.md'].map((page): readonly [string, string] => [
  page,
  readFences(page, readFileSync(page, 'utf8')).find(({ text: own }) => own.includes('kind: Job'))!.text,
])

describe.each(manifests)('the job of %s', (_, manifest) => {
  test('has the fields of the API', () => {
    validate(parse(manifest))
    expect(validate.errors).toBeNull()
  })

  test('has as many completions as shards, and mounts volumes that there are', () => {
    const { completions, template } = (parse(manifest) as Job).spec
    const { containers, volumes } = template.spec
    expect(containers).toHaveLength(1)
    expect(containers[0]!.args[0]).toContain(`"$((JOB_COMPLETION_INDEX + 1))/${completions}"`)
    expect(containers[0]!.volumeMounts.map(({ name }) => name)).toEqual(volumes.map(({ name }) => name))
  })

  test.each([
    ['a misspelt field', /completionMode:/, 'completionMod:'],
    ['a policy that a job cannot have', /OnFailure/, 'Always'],
    ['a number as text', /completions: (\d+)/, "completions: '$1'"],
    ['no containers', /containers:/, 'container:'],
    ['another version of the API', /batch\/v1/, 'batch/v1beta1'],
  ])('with %s is refused', (_, from, to) => {
    expect(manifest).toMatch(from)
    expect(validate(parse(manifest.replace(from, to)))).toBe(false)
  })
})
