"""Adds the descriptors of learnt concepts to data/starter_tags.json, from vectors of mixes alone.

    python benchmarks/calibrate_learnt.py --packages DIR --renders DIR --weights DIR --vectors FILE.npz [--dry-run]

`calibrate_tags.py` measures every descriptor on the mix and both stems, which takes the separator; learnt concepts are
compared with the mix only, so this is enough after `train_instruments.py`. `--vectors` is the cache of `retrieval.py`.
The logistic of instruments was fitted where 1 of 11 pairs is a hit; an instrument that few tracks have needs more
evidence, so the log odds of a learnt one are those of RARE instead. Prints what would be tagged.
"""

import json
import math

from labelled_tracks import analysed, argument_parser

from models.starter.learnt import load_vocabulary
from models.starter.tags import CALIBRATION_FILE, expressible_descriptors
from models.tagging.descriptor_bank import descriptor_vectors, load_bank
from polymuse.music import MIX

RARE = 1 / 60  # of all tracks have it, about


def main() -> None:
    parser = argument_parser(__doc__, vectors=True)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    options = parser.parse_args()
    found = analysed(options)
    vocabulary = load_vocabulary()
    learnt = {concept.slug for concept in vocabulary.concepts if concept.direction}
    descriptors = expressible_descriptors(load_bank().descriptors, vocabulary)
    chosen = [each for each in descriptors if each.slug in learnt]
    cosines = found.vectors @ descriptor_vectors(found.embedder, chosen, None).T
    content = json.loads(CALIBRATION_FILE.read_text(encoding="utf-8"))
    hits, pairs = content["labelled_pairs"]["instruments"]
    rarer = math.log(RARE / (1 - RARE)) - math.log(hits / (pairs - hits))
    kept = {each.slug for each in descriptors} - learnt
    for values in (content["log_odds"], *content["cosines"].values()):
        for slug in [slug for slug in values if slug not in kept]:
            del values[slug]
    for descriptor, row in zip(chosen, cosines.T, strict=True):
        mean, sd = float(row.mean()), float(row.std())
        content["cosines"][MIX][descriptor.slug] = [round(mean, 5), round(sd, 5)]
        content["log_odds"][descriptor.slug] = round(rarer, 3)
        slope, intercept = content["logistic"][descriptor.category]
        tagged = slope * (row - mean) / sd + intercept + rarer >= 0
        names = [track.path.name for track, is_tagged in zip(found.tracks, tagged, strict=True) if is_tagged]
        print(f"{descriptor.slug:16} mean {mean:6.3f}  sd {sd:.3f}  tagged: {', '.join(names) or 'none'}")
    if not options.dry_run:
        CALIBRATION_FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
