/** The project's own folder: where rtl/, sim/ and golden/ are, whether the program runs from dist/ or from src/. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const HOME = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
