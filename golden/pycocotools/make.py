"""Makes evaluate.json: random detections and what pycocotools' COCOeval says of them. See README.md."""
import contextlib
import io
import json
import random

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def draw_box(rng, grid, sizes):
    width, height = rng.choice(sizes) * rng.uniform(0.5, 1), rng.choice(sizes) * rng.uniform(0.5, 1)
    box = [rng.uniform(0, 400), rng.uniform(0, 300), width, height]
    return [max(grid, round(v / grid) * grid) if grid >= 1 else round(v, 2) for v in box]


def shake(rng, box, amount, grid):
    x, y, w, h = box
    box = [x + rng.gauss(0, amount) * w, y + rng.gauss(0, amount) * h, w * rng.uniform(1 - amount, 1 + amount),
           h * rng.uniform(1 - amount, 1 + amount)]
    return [max(grid, round(v / grid) * grid) if grid >= 1 else round(v, 2) for v in box]


def make_case(name, seed, images, classes, objects, extra, crowd=0.0, score_digits=4, grid=0.01, amount=0.15,
              sizes=(20, 60, 180), silent=(), unlabelled=(), copies=2, exact_areas=False, gt_area=1.0):
    """silent: classes without detections. unlabelled: classes without objects."""
    rng = random.Random(seed)
    gts, dts = [], []
    for image in range(1, images + 1):
        for _ in range(rng.randint(0, objects)):
            cls = rng.randrange(classes)
            if cls in unlabelled:
                continue
            box = draw_box(rng, grid, sizes)
            if exact_areas:
                side = rng.choice([31, 32, 33, 95, 96, 97])
                box[2:] = [side, side] if rng.random() < 0.7 else [side * 2, side / 2]
            area = box[2] * box[3] * (gt_area if rng.random() < 0.5 else 1)
            gts.append([image, cls, *box, round(area, 4), int(rng.random() < crowd)])
            for _ in range(rng.randint(0, copies)):
                if cls in silent:
                    continue
                copy = box if rng.random() < 0.1 else shake(rng, box, amount, grid)
                other = cls if rng.random() < 0.9 else rng.randrange(classes)
                dts.append([image, other, *copy, round(rng.betavariate(3, 1.5), score_digits)])
        for _ in range(rng.randint(0, extra)):
            cls = rng.randrange(classes)
            if cls not in silent:
                dts.append([image, cls, *draw_box(rng, grid, sizes), round(rng.betavariate(1.2, 3), score_digits)])
    rng.shuffle(dts)
    return {"name": name, "images": images, "classes": classes, "objects": gts, "detections": dts}


def make_nested(name, seed, images, sides, excuse):
    """Boxes of these sides around one point, in any order, so that a detection overlaps several. excuse: of the largest (1 crowd, 2 ignored)."""
    rng = random.Random(seed)
    gts, dts = [], []
    for image in range(1, images + 1):
        for place in range(3):
            x, y = 150 * place + rng.uniform(0, 9), rng.uniform(0, 99)
            nest = [(side, excuse if side == max(sides) else 0) for side in sides]
            rng.shuffle(nest)
            for side, kind in nest:
                cls = rng.randrange(2)
                box = [round(v, 2) for v in [x + rng.uniform(0, 2), y + rng.uniform(0, 2), side, side * rng.uniform(0.9, 1)]]
                gts.append([image, cls, *box, round(box[2] * box[3], 4), kind])
                for _ in range(2):
                    other = cls if rng.random() < 0.8 else 1 - cls
                    dts.append([image, other, *shake(rng, box, 0.08, 0.01), round(rng.betavariate(3, 1.5), 2)])
    rng.shuffle(dts)
    return {"name": name, "images": images, "classes": 2, "objects": gts, "detections": dts}


class Eval(COCOeval):
    """COCOeval sets `ignore` from `iscrowd`; the matching itself takes either."""

    def _prepare(self):
        super()._prepare()
        for gts in self._gts.values():
            for gt in gts:
                gt["ignore"] = gt["ignore"] or gt["difficult"]


CASES = [
    make_case("ordinary", 1, 20, 4, 8, 8),
    make_case("ties of scores and of overlaps", 2, 10, 2, 8, 8, score_digits=1, grid=8, copies=4),
    make_case("crowds", 3, 12, 3, 8, 6, crowd=0.4),
    make_case("only crowds", 4, 3, 2, 5, 3, crowd=1.0),
    make_case("areas on the borders of small, medium and large", 5, 12, 2, 8, 4, exact_areas=True, amount=0.03),
    make_case("areas smaller than the boxes", 6, 12, 3, 8, 4, gt_area=0.5),
    make_case("classes without objects, without detections, without both", 7, 10, 6, 8, 6, silent=(1, 3), unlabelled=(2, 3)),
    make_case("more than 100 detections an image and class", 8, 3, 1, 30, 220, score_digits=2),
    make_case("overlaps of exactly 1/2 and 3/4", 9, 10, 2, 6, 3, grid=16, amount=0.3, score_digits=2, sizes=(32, 64)),
    make_case("one image", 10, 1, 2, 9, 9),
    make_case("ties, crowds and more than 100", 11, 2, 1, 60, 150, crowd=0.3, score_digits=1, grid=4),
    make_case("sparse", 12, 30, 12, 2, 1),
    make_nested("crowds around objects", 13, 4, (40, 48, 60), 1),
    make_nested("ignored objects around others", 14, 4, (40, 48, 60), 2),
    make_nested("objects of other sizes around others", 15, 4, (26, 30, 34, 38), 0),
    make_nested("objects of other sizes around others, and crowds", 16, 4, (84, 94, 100, 108), 1),
]


def run(case):
    gt = COCO()
    gt.dataset = {
        "images": [{"id": i} for i in range(1, case["images"] + 1)],
        "categories": [{"id": c + 1, "name": f"class {c}"} for c in range(case["classes"])],
        "annotations": [
            {"id": n + 1, "image_id": o[0], "category_id": o[1] + 1, "bbox": o[2:6], "area": o[6],
             "iscrowd": int(o[7] == 1), "difficult": int(o[7] == 2)}
            for n, o in enumerate(case["objects"])
        ],
    }
    gt.createIndex()
    dt = gt.loadRes([
        {"image_id": d[0], "category_id": d[1] + 1, "bbox": d[2:6], "score": d[6]} for d in case["detections"]
    ])
    e = Eval(gt, dt, "bbox")
    e.evaluate()
    e.accumulate()
    e.summarize()
    precision = e.eval["precision"][:, :, :, 0, 2]  # [T, R, K]: all areas, 100 detections
    return {
        "stats": [float(v) for v in e.stats],
        # [class][threshold]
        "ap": [[float(v) for v in precision[:, :, k].mean(axis=1)] for k in range(case["classes"])],
        "recall": [[float(v) for v in e.eval["recall"][:, k, 0, 2]] for k in range(case["classes"])],
        # one whole curve: class 0 at 0.50
        "curve": [float(v) for v in precision[0, :, 0]],
    }


for case in CASES:
    with contextlib.redirect_stdout(io.StringIO()):
        case["expected"] = run(case)
    print(case["name"], len(case["objects"]), len(case["detections"]), np.round(case["expected"]["stats"], 3))
with open("evaluate.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in CASES) + "\n]\n")
