"""Demo music whose composers died long ago or are unknown: melodies typed in from general knowledge, arranged here."""

from score import Clip, Note, Part, broken, grid, line, pitch, repeat, shift

ARRANGED = "Notes typed in and arranged for Poly-Muse; arrangement dedicated to the public domain (CC0 1.0)."


def gymnopedie() -> Clip:
    tune = """
        -/12 | -/1 f#5 a5 | g5 f#5 c#5 | b4 c#5 d5 | a4/3 | f#4/12
        -/1 f#5 a5 | g5 f#5 c#5 | b4 c#5 d5 | a4/3 | c#5/3 | f#5/3 | e4/6"""
    sway = line("g2/1 b3+d4+f#4/2 d2/1 a3+c#4+f#4/2", 42, legato=1.4)
    piano = Part(0, [*line(tune, 84, legato=1.15), *repeat(sway, 8, 6)], pan=60, reverb=80, loose_ms=14)
    origin = f"Gymnopédie No. 1 (1888), opening. Satie died in 1925. {ARRANGED}"
    return Clip("satie_gymnopedie.opus", "Gymnopédie No. 1", "Erik Satie", 1888, "Classical", 74, 38, [piano], origin)


def minuet() -> Clip:
    tune = """
        d5/1 g4/.5 a4 b4 c5 | d5/1 g4 g4 | e5/1 c5/.5 d5 e5 f#5 | g5/1 g4 g4
        c5/1 d5/.5 c5 b4 a4 | b4/1 c5/.5 b4 a4 g4 | f#4/1 g4/.5 a4 b4 g4 | a4/3
        d5/1 g4/.5 a4 b4 c5 | d5/1 g4 g4 | e5/1 c5/.5 d5 e5 f#5 | g5/1 g4 g4
        c5/1 d5/.5 c5 b4 a4 | b4/1 c5/.5 b4 a4 g4 | a4/1 b4/.5 a4 g4 f#4 | g4/3"""
    bass = """
        g3+b3+d4/2 a3/1 | b3/3 | c4/3 | b3/3 | a3/3 | g3/3 | d4/1 b3 g3 | d4/1 d3/.5 c4 b3 a3
        b3/2 a3/1 | g3/1 b3 g3 | c4/3 | b3/1 c4/.5 b3 a3 g3 | a3/2 f#3/1 | g3/2 b3/1 | c4/1 d4 d3 | g3/2 g2/1"""
    right, left = line(tune, 92, legato=0.9), line(bass, 84, legato=0.9)
    octaves = shift([*right, *left], semitones=12)  # the four-foot stop
    hands = [Part(6, right, pan=70), Part(6, left, pan=56), Part(6, octaves, volume=70, pan=64)]
    origin = f"Minuet in G major, BWV Anh. 114 (about 1725). Petzold died in 1733. {ARRANGED}"
    return Clip(
        "petzold_minuet.opus", "Minuet in G major", "Christian Petzold", 1725, "Baroque", 106, 32, hands, origin
    )


def canon() -> Clip:
    ground = repeat(line("d3/2 a2 b2 f#2 g2 d2 g2 a2", 84), 3, 16)
    subject = line(
        """f#4/2 e4 d4 c#4 b3 a3 b3 c#4 | d4/1 f#4 a4 g4 f#4 d4 f#4 e4 d4 b3 d4 a4 g4 b4 a4 g4
        a5/.5 f#5/.25 g5 a5/.5 f#5/.25 g5 a5 a4 b4 c#5 d5 e5 f#5 g5
        f#5/.5 d5/.25 e5 f#5/.5 f#4/.25 g4 a4 b4 a4 g4 a4 f#4 g4 a4
        g4/.5 b4/.25 a4 g4/.5 f#4/.25 e4 f#4 e4 d4 e4 f#4 g4 a4 b4
        g4/.5 b4/.25 a4 b4/.5 c#5/.25 d5 a4 b4 c#5 d5 e5 f#5 g5 a5 | f#5/4""",
        88,
    )
    second = [note for note in shift(subject, 16) if note.start < 48]
    third = [note for note in shift(subject, 32) if note.start < 48]
    end = line("d4+a4/4", 80, at=48)
    low = [*second, *third, *end]
    parts = [
        Part(48, shift(subject, semitones=12), volume=84, pan=40, reverb=50, loose_ms=14),
        Part(41, subject, volume=100, pan=52, reverb=50, loose_ms=14),
        Part(48, shift(low, semitones=12), volume=76, pan=90, reverb=50, loose_ms=14),
        Part(41, low, volume=100, pan=78, reverb=50, loose_ms=14),
        Part(42, ground, volume=104, pan=70, reverb=50, loose_ms=14),
    ]
    origin = f"Canon in D major (about 1680), opening, shortened. Pachelbel died in 1706. {ARRANGED}"
    return Clip("pachelbel_canon.opus", "Canon in D", "Johann Pachelbel", 1680, "Baroque", 92, 36, parts, origin)


def cello_suite() -> Clip:
    notes = """
        g2/.25 d3 b3 a3 b3 d3 b3 d3 g2 d3 b3 a3 b3 d3 b3 d3 | g2 e3 c4 b3 c4 e3 c4 e3 g2 e3 c4 b3 c4 e3 c4 e3
        g2 f#3 c4 b3 c4 f#3 c4 f#3 g2 f#3 c4 b3 c4 f#3 c4 f#3 | g2 g3 b3 a3 b3 g3 b3 g3 g2 g3 b3 a3 b3 g3 b3 f#3
        g2 e3 b3 a3 b3 g3 f#3 g3 e3 g3 f#3 g3 b2 d3 c#3 b2 | c#3 g3 a3 g3 a3 g3 a3 g3 c#3 g3 a3 g3 a3 g3 a3 g3
        f#3 a3 d4 c#4 d4 a3 g3 a3 f#3 a3 g3 a3 d3 f#3 e3 d3 | e2 b2 g3 f#3 g3 b2 g3 b2 e2 b2 g3 f#3 g3 b2 g3 b2
        g2 d3 b3 a3 b3 d3 b3 d3 | g2+d3+b3/3"""
    cello = Part(42, line(notes, 88, legato=1.1), pan=64, reverb=75, loose_ms=12)
    origin = (
        f"Prelude of the Cello Suite No. 1 in G major, BWV 1007 (about 1720), opening. Bach died in 1750. {ARRANGED}"
    )
    return Clip(
        "bach_cello_suite.opus", "Cello Suite No. 1: Prelude", "J. S. Bach", 1720, "Classical", 66, 36, [cello], origin
    )


def londonderry_air() -> Clip:
    tune = """
        b4/.5 c5 d5 | e5/1.5 d5/.5 e5 a5 g5 e5 | d5 c5 a4/1.5 c5/.5 e5 f5 | g5/1.5 a5/.5 g5 e5 c5 e5 | d5/2.5
        b4/.5 c5 d5 | e5/1.5 d5/.5 e5 a5 g5 e5 | d5 c5 a4/1.5 b4/.5 c5 d5 | e5/1.5 f5/.5 e5 d5 c5 d5 | c5/4"""
    flute = Part(73, line(tune, 96, legato=1.0), pan=60, reverb=90, loose_ms=12)
    origin = f"Londonderry Air, Irish tune printed in 1855, author unknown. {ARRANGED}"
    return Clip("londonderry_air.opus", "Londonderry Air", "Traditional", 1855, "Folk", 66, 36, [flute], origin)


def greensleeves() -> Clip:
    tune = """
        a4/1 | c5/2 d5/1 e5/1.5 f5/.5 e5/1 | d5/2 b4/1 g4/1.5 a4/.5 b4/1 | c5/2 a4/1 a4/1.5 g#4/.5 a4/1
        b4/2 g#4/1 e4/2 a4/1
        c5/2 d5/1 e5/1.5 f5/.5 e5/1 | d5/2 b4/1 g4/1.5 a4/.5 b4/1 | c5/1.5 b4/.5 a4/1 g#4/1.5 f#4/.5 g#4/1 | a4/6
        g5/3 g5/1.5 f#5/.5 e5/1 | d5/2 b4/1 g4/1.5 a4/.5 b4/1 | c5/2 a4/1 a4/1.5 g#4/.5 a4/1 | b4/2 g#4/1 e4/3
        g5/3 g5/1.5 f#5/.5 e5/1 | d5/2 b4/1 g4/1.5 a4/.5 b4/1 | c5/1.5 b4/.5 a4/1 g#4/1.5 f#4/.5 g#4/1 | a4/6"""
    chords = """
        a2+e3+a3+c4 g2+d3+g3+b3 a2+e3+a3+c4 e2+b2+e3+g#3 a2+e3+a3+c4 g2+d3+g3+b3 a2+e3+a3+c4 a2+e3+a3+c4
        c3+e3+g3+c4 g2+d3+g3+b3 a2+e3+a3+c4 e2+b2+e3+g#3 c3+e3+g3+c4 g2+d3+g3+b3 e2+b2+e3+g#3 a2+e3+a3+c4"""
    picking = shift(broken(chords, (0, 1, 2, 3, 2, 1), 1, velocity=62, ring=3), 1)
    guitar = Part(24, [*line(tune, 92, legato=1.2), *picking], pan=62, reverb=55, loose_ms=10)
    origin = f"Greensleeves, English tune of about 1580, author unknown. {ARRANGED}"
    return Clip("greensleeves.opus", "Greensleeves", "Traditional", 1580, "Folk", 182, 36, [guitar], origin)


def old_hundredth() -> Clip:
    voices = (
        """g4/1.5 g4/1 f#4 e4 d4 g4 a4 b4/2 | b4/1.5 b4/1 b4 a4 g4 c5 b4 a4/2
           g4/1.5 a4/1 b4 a4 g4 e4 f#4 g4/2 | d5/1.5 b4/1 g4 a4 c5 b4 a4 g4/4""",
        """d4/1.5 d4/1 d4 b3 b3 d4 d4 d4/2 | d4/1.5 d4/1 g4 f#4 e4 e4 d4 d4/2
           b3/1.5 d4/1 d4 d4 d4 c4 d4 d4/2 | g4/1.5 d4/1 e4 d4 e4 d4 d4 d4/4""",
        """b3/1.5 b3/1 a3 g3 f#3 g3 f#3 g3/2 | g3/1.5 g3/1 d4 d4 b3 a3 g3 f#3/2
           g3/1.5 f#3/1 g3 f#3 g3 g3 a3 b3/2 | b3/1.5 g3/1 b3 a3 a3 g3 f#3 b3/4""",
        """g3/1.5 g3/1 d3 e3 b2 b2 d3 g2/2 | g3/1.5 g3/1 g3 d3 e3 a2 b2 d3/2
           e3/1.5 d3/1 g2 d3 b2 c3 d3 g2/2 | g3/1.5 g3/1 e3 f#3 a2 b2 d3 g2/4""",
    )
    pans = (44, 84, 54, 74)
    choir = [Part(52, line(v, 92, legato=1.0), pan=p, reverb=100) for v, p in zip(voices, pans, strict=True)]
    origin = f"Old 100th, psalm tune of 1551 attributed to Bourgeois, who died about 1560; own harmony. {ARRANGED}"
    return Clip("old_hundredth.opus", "Old Hundredth", "Louis Bourgeois", 1551, "Hymn", 76, 36, choir, origin)


def toccata() -> Clip:
    flourish = line("a5/.2 g5 a5/2.2 -/.6 g5/.22 f5 e5 d5 c#5/.6 d5/1.8 -/1", 104)
    answer = line("a4/.2 g4 a4/2 -/.5 e4/.45 f4 c#4 d4/1.8 -/.8", 104, at=8.5)
    low = line("a3/.2 g3 a3/2 -/.5 g3/.22 f3 e3 d3 c#3/.6 d3/1.8 -/.8", 108, at=16.2)
    hands = [*flourish, *answer, *low]
    tower = [Note(23.5 + delay, 7.5 - delay, pitch(name), 110) for delay, name in
             ((0, "d2"), (1.0, "c#3"), (1.5, "e3"), (2.0, "g3"), (2.5, "a#3"), (3.0, "c#4"), (3.5, "e4"))]  # fmt: skip
    resolved = line("d2+d3+f#3+a3+d4/5", 110, at=31.2)
    runs = line(
        """c#5/.25 d5 e5 c#5 d5 e5 c#5 d5 e5 f5 g5 e5 f5 g5 e5 f5 g5 a5 a#5 g5 a5 a#5 g5 a5 a#5 a5 g5 f5 e5 d5 c#5 d5 e5
        d5 c#5 b4 a4 c#5 e5 g5 f5 e5 d5/2""",
        104,
        at=36.5,
    )
    organ = [*hands, *shift(hands, semitones=-12), *tower, *resolved, *runs, *shift(runs, semitones=-12)]
    sixteen_foot = shift(organ, semitones=-12)  # sounds an octave below what is written
    parts = [Part(19, sixteen_foot, pan=60, reverb=100, loose_ms=4)]
    origin = f"Opening of the Toccata in D minor, BWV 565 (about 1704), shortened. Bach died in 1750. {ARRANGED}"
    return Clip("bach_toccata_d_minor.opus", "Toccata in D minor", "J. S. Bach", 1704, "Baroque", 92, 36, parts, origin)


def oh_susanna() -> Clip:
    tune = """
        g4/.5 a4 | b4/1 d5 d5/1.5 e5/.5 d5/1 b4 g4/1.5 a4/.5 b4/1 b4 a4 g4 a4/3
        g4/.5 a4 | b4/1 d5 d5/1.5 e5/.5 d5/1 b4 g4/1.5 a4/.5 b4/1 b4 a4 a4 g4/4
        c5/2 c5 e5/1 e5/2 e5/1 d5 d5 b4 g4 a4/3
        g4/.5 a4 | b4/1 d5 d5/1.5 e5/.5 d5/1 b4 g4/1.5 a4/.5 b4/1 b4 a4 a4 g4/3"""
    g, c, d = "g3+b3+d4+g4", "g3+c4+e4+g4", "a3+d4+f#4+a4"
    order = [g, g, g, d, g, g, d, g, c, c, g, d, g, g, d, g]
    roll = shift(broken(" ".join(order), (0, 2, 3, 1, 2, 3, 0, 3), 0.5, velocity=88, ring=1.5), 1)
    roots = {g: "g2/2 d2", c: "c3/2 g2", d: "d2/2 a2"}
    bass = shift(line(" ".join(roots[chord] for chord in order), 92, legato=0.7), 1)
    strum = [n for i, chord in enumerate(order) for n in line(f"-/1 {chord}/.5 -/1.5 {chord}/.5", 66, at=1 + 4 * i)]
    slide = line(
        "g4+b4/8 g4+b4/4 f#4+a4 | g4+b4/8 f#4+a4/4 g4+b4 | g4+c5/8 g4+b4/4 f#4+a4 | g4+b4/8 f#4+a4/4 g4+b4", 70, at=1
    )
    beat = shift(grid(16, 2, kick="x...x...", snare="..x...x.", hat="oooooooo"), 1)
    parts = [
        Part(110, line(tune, 96), volume=104, pan=76),
        Part(105, roll, volume=104, pan=40),
        Part(25, strum, volume=90, pan=92),
        Part(26, slide, volume=64, pan=30, reverb=80),
        Part(32, bass, volume=104),
        Part(0, beat, volume=72, drums=True),
    ]
    origin = f"Oh! Susanna (1848). Foster died in 1864. {ARRANGED}"
    return Clip("oh_susanna.opus", "Oh! Susanna", "Stephen Foster", 1848, "Country", 124, 34, parts, origin)


def jasmine_flower() -> Clip:
    tune = """
        e4/1 e4/.5 g4 a4 c5 c5 a4 | g4/1 g4/.5 a4 g4/2 | e4/1 e4/.5 g4 a4 c5 c5 a4 | g4/1 g4/.5 a4 g4/2
        g4/1 g4 g4 e4/.5 g4 | a4/1 a4 g4/2 | e4/1 d4/.5 e4 g4/1 e4/.5 d4 | c4/1 c4/.5 d4 c4/2
        e4/.5 d4 c4 e4 d4/1.5 e4/.5 | g4/1 a4/.5 c5 g4/2 | d4/1 e4/.5 g4 d4 e4 c4 a3 | g3/2 a3/1 c4
        d4/1.5 e4/.5 c4 d4 c4 a3 | g3/4"""
    drones = "c3+g3/2 a2+e3 c3+g3 c3+g3 " * 2 + "c3+g3 c3+g3 a2+e3 c3+g3 c3+g3 a2+e3 c3+g3 c3+g3 "
    drones += "c3+g3 d3+a3 c3+g3 c3+g3 d3+a3 a2+e3 g2+d3 a2+e3 d3+a3 a2+e3 g2+d3/4"
    fiddle = shift(line(tune, 92, legato=1.0), semitones=12)
    parts = [
        Part(40, fiddle, volume=112, pan=56, reverb=80, loose_ms=12),
        Part(48, line(drones, 74, legato=1.0), volume=76, pan=80, reverb=70, loose_ms=14),
    ]
    origin = f"Mo Li Hua (茉莉花, Jasmine Flower), Chinese folk song of the 18th century, author unknown. {ARRANGED}"
    return Clip("茉莉花.opus", "茉莉花", "Traditional", 1790, "Chinese Folk", 100, 35, parts, origin)


CLASSICS = (gymnopedie, minuet, canon, cello_suite, londonderry_air, greensleeves, old_hundredth, toccata, oh_susanna,
            jasmine_flower)  # fmt: skip
