/**
 * Names in a pickle that end its reading. This reader runs nothing, whatever a file names, so that this list need not be complete: it is
 * here to tell its user what the file would do to whoever loads it with torch. Sources: the lists of picklescan and of fickling, which
 * look for such files.
 */
import { InputError } from '../input/input-error.ts'

/** Modules that act on the machine, wherever they stand in a name. */
const HOSTILE_MODULES = new Set(
  'os posix nt subprocess _posixsubprocess sys shutil socket ctypes importlib runpy pty builtins __builtin__'.split(
    ' ',
  ),
)
/** Modules with nothing that a training keeps, where a name begins with them. */
const HOSTILE_PLACES = new Set([
  ...'codeop marshal pickle _pickle dill cloudpickle cProfile webbrowser requests aiohttp httpx httplib urllib'.split(
    ' ',
  ),
  ...'ftplib smtplib telnetlib pip ensurepip popen2 multiprocessing asyncio _thread pkgutil zipimport fileinput'.split(
    ' ',
  ),
])
/** What modules have whose names a project may well have for its own, as that of `code.callbacks.EMA` does. */
const HOSTILE_MEMBERS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  [
    'code: InteractiveInterpreter InteractiveConsole interact compile_command',
    'commands: getoutput getstatus getstatusoutput mkarg',
    'pdb: Pdb run runeval runctx runcall set_trace post_mortem pm main',
    'bdb: Bdb Breakpoint set_trace',
    'pydoc: locate safeimport importfile pipepager tempfilepager pager help browse apropos cli',
    'timeit: Timer timeit repeat main',
    'trace: Trace CoverageResults main',
    'profile: Profile run runctx main',
    'doctest: DocTestRunner DebugRunner testmod testfile run_docstring_examples debug debug_src debug_script testsource',
    'http: client server cookiejar cookies',
    'ssl: SSLContext SSLSocket SSLObject create_connection create_default_context get_server_certificate wrap_socket',
    'venv: EnvBuilder create main',
    'signal: alarm pause pidfd_send_signal pthread_kill raise_signal setitimer signal',
    'tempfile: NamedTemporaryFile TemporaryFile SpooledTemporaryFile TemporaryDirectory mkstemp mkdtemp mktemp',
    'glob: glob iglob glob0 glob1',
  ].map((line) => {
    const [module = '', ...members] = line.split(/:? /)
    return [module, new Set(members)]
  }),
)
const HOSTILE_BUILTINS = new Set(
  'eval exec execfile compile open __import__ breakpoint input apply globals vars delattr setattr memoryview'.split(
    ' ',
  ),
)
const HOSTILE_FUNCTIONS = new Set([
  ...[
    'torch.hub.load',
    'torch.load',
    'torch.save',
    'torch.serialization.load',
    'torch.storage._load_from_bytes',
  ],
  ...['torch.jit.load', 'numpy.load', 'numpy.save', 'numpy.fromfile', 'types.CodeType', 'types.FunctionType'],
  ...['operator.attrgetter', 'operator.methodcaller', 'io.open', 'codecs.open', 'pathlib.Path.unlink'],
])

const OTHER_TASKS: ReadonlyMap<string, string> = new Map([
  ['SegmentationModel', 'a segmentation'],
  ['PoseModel', 'a pose'],
  ['ClassificationModel', 'a classification'],
  ['OBBModel', 'an oriented-box'],
  ['WorldModel', 'an open-vocabulary'],
  ['YOLOEModel', 'an open-vocabulary'],
  ['RTDETRDetectionModel', 'an RT-DETR'],
])

/** Python 2's name of `builtins`, which protocol 2 writes, is dropped along with the new one. */
export function normaliseGlobal(module: string, name: string): string {
  return module === '__builtin__' || module === 'builtins' ? name : `${module}.${name}`
}

/** @throws InputError for a name that no training writes, and for those of other networks, which say it best themselves. */
export function checkGlobal(path: string, where: string, fileName: string): void {
  const task = /^ultralytics\.(?:yolo\.)?nn\.tasks\.(\w+)$/.exec(path)
  const other = task && OTHER_TASKS.get(task[1] ?? '')
  if (other) {
    throw new InputError(
      `this is ${other} checkpoint (${path}).`,
      fileName,
      'Assay reads YOLOv8 detection checkpoints, such as yolov8n.pt.',
    )
  }
  if (/^models\.(yolo|common|experimental)\./.test(path)) {
    throw new InputError(
      `this is a YOLOv5 or YOLOv7 checkpoint (it names ${path}).`,
      fileName,
      'Assay reads YOLOv8 detection checkpoints, such as yolov8n.pt.',
    )
  }
  if (!isHostile(path)) return
  throw new InputError(
    `the pickle names ${JSON.stringify(path.slice(0, 120))}, as a file does that attacks who loads it; nothing was run.`,
    where,
    'Do not load this file with other tools unless you trust its author.',
  )
}

/** A module may hold another, whose functions protocol 4 can name through it: `torch.serialization.os.system`. */
function isHostile(path: string): boolean {
  const parts = path.split('.')
  const [name = '', ...more] = parts
  if (more.length === 0) return HOSTILE_BUILTINS.has(name)
  return (
    HOSTILE_PLACES.has(name) ||
    HOSTILE_MEMBERS.get(name)?.has(more[0]!) === true ||
    parts.slice(0, -1).some((part) => HOSTILE_MODULES.has(part)) ||
    parts.some((_, at) => HOSTILE_FUNCTIONS.has(parts.slice(at).join('.')))
  )
}
