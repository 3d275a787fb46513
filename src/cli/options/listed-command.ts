/** A command as the help lists it. */
import type { AssayCommand } from './define-command.ts'

export interface ListedCommand {
  /** The first word, and its positional arguments: `init <sources..>`. */
  readonly command: string
  readonly describe: string
  /** Loads its options and its handler: `assay --help` and the other commands do without them. */
  readonly load: () => Promise<AssayCommand>
}

/** The word by which a command is called. */
export const nameOf = ({ command }: ListedCommand): string => command.split(' ')[0]!
