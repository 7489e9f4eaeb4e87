"""The diagram, read back as XML."""

import xml.etree.ElementTree as ET

from models.tagging.calibration import Bin
from models.tagging.reliability_plot import reliability_svg

SVG = "{http://www.w3.org/2000/svg}"


class TestPlot:
    SVG = "{http://www.w3.org/2000/svg}"

    def test_a_dot_stands_where_its_bin_says(self) -> None:
        """Confidence .25 and share .5 of a square of 320: x = 80, y = 160."""
        root = ET.fromstring(reliability_svg({"mood": [Bin(4, 0.25, 0.5)], "genre": [Bin(1, 1.0, 1.0)]}, "Tags <all>"))
        dots = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in root.iter(f"{self.SVG}circle")]
        assert dots == [(80, 160), (320, 0)]
        texts = [text.text for text in root.iter(f"{self.SVG}text")]
        assert "Tags <all>" in texts
        assert "mood: ECE 0.250, 4 pairs" in texts
