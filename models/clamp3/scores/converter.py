"""A program: `python converter.py [simplify]` writes score.xml of the current folder to standard output, as ABC.

Runs xml2abc with limits on memory, time and output. Nothing of Poly-Muse is imported.
"""

import runpy
import sys
from contextlib import suppress
from xml.etree import ElementTree

CONVERTER = "abctoolkit.xml2abc"
SCORE = "score.xml"
LIMITS = {"AS": 2 * 2**30, "CPU": 60, "FSIZE": 16 * 10**6}  # bytes, seconds, bytes


def main() -> None:
    """Sets the limits where the system has them, and runs the converter with unit 1/8 and without line breaks."""
    with suppress(ImportError):  # Windows
        import resource

        for name, limit in LIMITS.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limit, limit))
    if "simplify" in sys.argv:
        simplify()
    sys.argv = ["xml2abc", "-d", "8", "-x", SCORE]
    runpy.run_module(CONVERTER, run_name="__main__", alter_sys=True)


def simplify() -> None:
    """Rewrites the score without what the converter stumbles over.

    Directions such as tempo and dynamics go, metres such as 3+2 become 5, and measures of parts become parts of
    measures. The file has been checked: it declares no entities.
    """
    root = ElementTree.parse(SCORE).getroot()  # noqa: S314
    if root.tag == "score-timewise":
        root = _partwise(root)
    for measure in root.iter("measure"):
        measure[:] = [element for element in measure if element.tag != "direction"]
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
