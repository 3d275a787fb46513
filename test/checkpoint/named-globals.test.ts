import { describe, expect, test } from 'vitest'
import { checkGlobal } from '../../src/checkpoint/named-globals.ts'

describe('checkGlobal', () => {
  test.each([
    'set',
    'torch.float16',
    'torch.HalfStorage',
    'torch.device',
    'torch.nn.parameter.Parameter',
    'torch.nn.parameter.Buffer',
    'torch.nn.modules.conv.Conv2d',
    'ultralytics.nn.tasks.DetectionModel',
    'ultralytics.nn.modules.Conv',
    'ultralytics.nn.modules.block.C2f',
    'ultralytics.utils.IterableSimpleNamespace',
    'ultralytics.yolo.utils.IterableSimpleNamespace',
    'ultralytics.utils.loss.v8DetectionLoss',
    'ultralytics.utils.tal.TaskAlignedAssigner',
    'numpy.dtype',
    'numpy.float64',
    'numpy.uint8',
    'numpy.bool',
    'numpy.bool_',
    'numpy.dtypes.Float64DType',
    'numpy._core.multiarray._reconstruct',
    'pathlib.PosixPath',
    'pathlib._local.PurePosixPath',
    'pathlib.WindowsPath',
    'datetime.timezone',
    'types.SimpleNamespace',
    'argparse.Namespace',
  ])('lets %s pass', (path) => {
    expect(checkGlobal(path, 'x.pt:data.pkl', 'x.pt')).toBeUndefined()
  })

  test.each([
    'albumentations.core.composition.Compose',
    'getattr',
    'torch.optim.adamw.AdamW',
    'torch.nn.utils.prune.L1Unstructured',
    'wandb.integration.ultralytics.callback.on_fit_epoch_end',
    'numpy.random._pickle.__randomstate_ctor',
    'numpy.float64.x',
    'postman.system',
    'compiled.eval',
    'code.callbacks.EMA',
    'code.EMA',
    'trace.cb.X',
    'profile.meters.Meter',
    'ssl.losses.Contrast',
    'signal.blocks.Conv',
    'glob.Net',
  ])('takes %s for a record', (path) => {
    expect(checkGlobal(path, 'x.pt:data.pkl', 'x.pt')).toBeUndefined()
  })

  test.each([
    'os.system',
    'posix.popen',
    'subprocess.Popen',
    'eval',
    '__import__',
    'torch.load',
    'torch.hub.load',
    'numpy.load',
    'pathlib.Path.unlink',
    'types.CodeType',
    'dill._dill._create_function',
    'code.interact',
    'code.InteractiveInterpreter.runcode',
    'pdb.run',
    'bdb.Bdb.run',
    'pydoc.locate',
    'timeit.timeit',
    'trace.Trace',
    'cProfile.runctx',
    'doctest.debug_script',
    'http.client.HTTPConnection',
    'ssl.create_connection',
    'venv.create',
    'signal.alarm',
    'tempfile.mkdtemp',
    'glob.glob',
    'commands.getoutput',
    'code.callbacks.os.system',
    'urllib.request.urlopen',
    'ultralytics.nn.modules.block.os.system',
    'torch.serialization.os.system',
    'torch.nn.modules.conv.torch.load',
  ])('refuses %s', (path) => {
    expect(() => checkGlobal(path, 'x.pt:data.pkl', 'x.pt')).toThrow(
      `x.pt:data.pkl: the pickle names "${path}", as a file does that attacks who loads it; nothing was run.`,
    )
  })

  test.each([
    ['SegmentationModel', 'a segmentation'],
    ['PoseModel', 'a pose'],
    ['ClassificationModel', 'a classification'],
    ['OBBModel', 'an oriented-box'],
    ['WorldModel', 'an open-vocabulary'],
    ['YOLOEModel', 'an open-vocabulary'],
    ['RTDETRDetectionModel', 'an RT-DETR'],
  ])('says what a %s is', (name, what) => {
    for (const path of [`ultralytics.nn.tasks.${name}`, `ultralytics.yolo.nn.tasks.${name}`])
      expect(() => checkGlobal(path, 'x.pt:data.pkl', 'x.pt')).toThrow(
        `x.pt: this is ${what} checkpoint (${path}).`,
      )
  })

  test.each(['models.yolo.Model', 'models.common.Conv', 'models.experimental.Ensemble'])(
    'says that %s is of an older YOLO',
    (path) => {
      expect(() => checkGlobal(path, 'x.pt:data.pkl', 'x.pt')).toThrow(
        `x.pt: this is a YOLOv5 or YOLOv7 checkpoint (it names ${path}).`,
      )
    },
  )
})
