/** The schema of a tool's message, for what is kept of it. */
import * as v from 'valibot'
import { openObject } from './schema.ts'

export const diagnostic = openObject({
  severity: v.picklist(['error', 'warning']),
  file: v.nullable(v.string()),
  line: v.nullable(v.number()),
  column: v.nullable(v.number()),
  message: v.string(),
})
