"""Makes resize.json and decode.json: SHA-256 of what OpenCV makes of noise and of the files in decode/. See README.md."""
import hashlib
import json
import pathlib

import cv2
import numpy as np

SIZES = [
    # from width, height, to width, height
    (500, 357, 640, 457), (640, 427, 640, 640), (480, 640, 360, 480), (640, 480, 320, 240), (1280, 958, 640, 479),
    (1281, 961, 640, 480), (100, 100, 33, 77), (33, 77, 100, 100), (7, 5, 64, 64), (64, 64, 7, 5), (1, 1, 9, 4),
    (1, 50, 3, 25), (50, 1, 25, 3), (2, 2, 1, 1), (4, 2, 2, 1), (2, 4, 1, 4), (3, 3, 2, 2), (160, 160, 640, 640),
    (612, 612, 640, 640), (375, 500, 480, 640), (333, 500, 426, 640), (17, 31, 16, 30), (255, 256, 256, 255),
    (8, 8, 4, 8), (9, 8, 3, 4), (90, 60, 30, 20), (80, 80, 20, 20), (1023, 5, 640, 3),
]


def noise(width, height, seed):
    x = np.arange(width * height * 3, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
    x ^= x >> np.uint32(15)
    x *= np.uint32(2246822519)
    x ^= x >> np.uint32(13)
    return (x >> np.uint32(24)).astype(np.uint8).reshape(height, width, 3)


rows = []
for seed, (w, h, to_w, to_h) in enumerate(SIZES):
    out = cv2.resize(noise(w, h, seed), (to_w, to_h), interpolation=cv2.INTER_LINEAR)
    rows.append({"seed": seed, "from": [w, h], "to": [to_w, to_h], "sha256": hashlib.sha256(out.tobytes()).hexdigest()})
with open("resize.json", "w") as file:
    file.write("[\n" + ",\n".join(" " + json.dumps(row) for row in rows) + "\n]\n")
print(cv2.__version__, len(rows))

files = {}
for path in sorted(pathlib.Path("decode").glob("*.*")):
    image = cv2.imread(str(path))
    rgb = np.ascontiguousarray(image[:, :, ::-1])
    files[path.name] = {"size": [rgb.shape[1], rgb.shape[0]], "sha256": hashlib.sha256(rgb.tobytes()).hexdigest()}
with open("decode.json", "w") as file:
    json.dump(files, file, indent=1)
    file.write("\n")
