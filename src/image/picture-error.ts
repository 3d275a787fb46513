import { InputError } from '../input/input-error.ts'

/** The bytes are no whole picture of a format that is read: the file is at fault, not the path to it nor the system. */
export class PictureError extends InputError {}
