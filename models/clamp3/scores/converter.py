"""A program: `python converter.py [simplify]` writes score.xml of the current folder to standard output, as ABC.

Runs xml2abc with limits on memory, time and output. Nothing of Poly-Muse is imported.
"""

import runpy
import sys
from contextlib import suppress
from xml.etree import ElementTree

CONVERTER = "abctoolkit.xml2abc"
SCORE = "score.xml"
ACCIDENTALS = ("double-flat", "flat-flat", "flat", "natural", "sharp", "sharp-sharp", "double-sharp")  # that it knows
LIMITS = {"AS": 2 * 2**30, "CPU": 60, "FSIZE": 16 * 10**6}  # bytes, seconds, bytes


def main() -> None:
    """Sets the limits where the system has them, and runs the converter with unit 1/8 and without line breaks."""
    with suppress(ImportError):  # Windows
        import resource

        for name, limit in LIMITS.items():
            kind = getattr(resource, f"RLIMIT_{name}")
            most = resource.getrlimit(kind)[1]
            lowest = limit if most == resource.RLIM_INFINITY else min(limit, most)
            resource.setrlimit(kind, (lowest, lowest))
    if "simplify" in sys.argv:
        simplify()
    sys.argv = ["xml2abc", "-d", "8", "-x", SCORE]
    runpy.run_module(CONVERTER, run_name="__main__", alter_sys=True)


def simplify() -> None:
    """Rewrites the score without what the converter stumbles over.

    Words, directions such as tempo and dynamics, accidentals that it does not know (the pitch says enough) and parts
    that are not in the list of parts go; metres such as 3+2 become 5, and measures of parts become
    parts of measures. The file has been checked: it declares no entities.
    """
    root = ElementTree.parse(SCORE).getroot()  # noqa: S314
    if root.tag == "score-timewise":
        root = _partwise(root)
    for measure in root.iter("measure"):
        measure[:] = [element for element in measure if element.tag != "direction"]
    for note in root.iter("note"):
        note[:] = [
            element
            for element in note
            if element.tag != "lyric" and (element.tag != "accidental" or element.text in ACCIDENTALS)
        ]
    listed = {part.get("id") for part in root.iter("score-part")}
    root[:] = [element for element in root if element.tag != "part" or element.get("id") in listed]
    for beats in root.iter("beats"):
        numbers = (beats.text or "").split("+")
        if len(numbers) > 1 and all(number.strip().isdecimal() for number in numbers):
            beats.text = str(sum(map(int, numbers)))
    ElementTree.ElementTree(root).write(SCORE, "utf-8", xml_declaration=True)


def _partwise(timewise: ElementTree.Element) -> ElementTree.Element:
    root = ElementTree.Element("score-partwise", timewise.attrib)
    parts: dict[str, ElementTree.Element] = {}
    for element in timewise:
        if element.tag != "measure":
            root.append(element)
            continue
        for of_part in element:
            name = of_part.get("id", "")
            if name not in parts:
                parts[name] = ElementTree.Element("part", id=name)
            measure = ElementTree.SubElement(parts[name], "measure", element.attrib)
            measure[:] = list(of_part)
    root.extend(parts.values())
    return root


if __name__ == "__main__":
    main()
