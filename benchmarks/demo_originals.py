"""Demo music composed for Poly-Muse."""

from score import Clip, Part, broken, grid, line, repeat, shift, swing

ARTIST = "Poly-Muse"
YEAR = 2026
OWN = "Composed for Poly-Muse; composition dedicated to the public domain (CC0 1.0)."


def river_harp() -> Clip:
    chords = """
        d3+a3+d4+f#4+a4+d5+f#5 b2+f#3+b3+d4+f#4+b4+d5 g2+d3+g3+b3+d4+g4+b4 a2+e3+a3+c#4+e4+a4+c#5
        d3+a3+d4+f#4+a4+d5+f#5 f#2+c#3+f#3+a3+c#4+f#4+a4 g2+d3+g3+b3+d4+g4+b4 a2+e3+a3+d4+e4+a4+d5"""
    waves = broken(chords, (0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1), 0.25, velocity=78, ring=5)
    tune = line("-/3 f#5/2 e5/1 d5/2 b4/1 a4/3 | f#5/2 a5/1 g5/2 f#5/1 d5/2 e5/1 e5/3", 96, legato=1.5)
    sweep = line("d3/.12 e3 f#3 a3 b3 d4 e4 f#4 a4 b4 d5 e5 f#5 a5 b5 d6/3", 84, at=24.0, legato=8.0)
    harp = Part(46, [*waves, *tune, *sweep], pan=60, reverb=80, loose_ms=10)
    return Clip("river_harp.opus", "River Harp", ARTIST, YEAR, "New Age", 56, 36, [harp], OWN, fade_seconds=4)


def evening_raga() -> Clip:
    tune = """
        c4/2 e4/.5 f4 g4/1 | a#4/.5 a4 g4 f4 e4/2 | c4/.5 d#4 e4 f4 g4 a4 a#4 c5 | c5/3 a#4/.5 a4
        g4/.25 a4 g4 f4 e4/.5 f4 g4/2 | e4/.25 f4 e4 d#4 c4/1 a#3/.5 c4 c4/1
        g4/.5 a#4 c5 e5 d#5 c5 a#4 g4 | f4/.5 e4 f4 g4 e4/2
        c5/.25 a#4 a4 g4 f4 e4 d#4 c4 e4/1 g4 | c4/.25 e4 f4 g4 a4 a#4 c5 e5 c5/2
        a#4/.5 a4 g4 f4 e4 d#4 c4 a#3 | c4/4"""
    drone = repeat(line("g2/1 c3 c3 c2", 70, legato=3.5), 12, 4)
    tabla = shift(
        grid(8, high_bongo="x..x ..x. x.x. ..oo", low_conga="x... ..x. .... x...", slap_conga="..o. x..o ..x. .o.x"), 16
    )
    parts = [
        Part(104, line(tune, 100, legato=1.3), volume=112, pan=62, reverb=50, loose_ms=12),
        Part(104, drone, volume=72, pan=84, reverb=80, loose_ms=15),
        Part(0, tabla, volume=64, pan=44, drums=True),
    ]
    return Clip("evening_raga.opus", "Evening Raga", ARTIST, YEAR, "Indian", 92, 34, parts, OWN)


def warehouse() -> Clip:
    bars = 18
    acid = repeat(line("a1/.25 a1 a2 a1 c2 a1 a2! g1 a1 a1 e2 a1 a2! c2 d2 e2", 96, legato=0.7), bars, 4)
    stabs = repeat(line("-/.75 a3+c4+e4/.25 -/.5 a3+c4+e4/.25 -/1.25 g3+c4+e4/.25 -/.75", 84, legato=0.8), bars - 4, 4)
    lead = repeat(line("a4/.25 e5 a5 e5 c5 e5 a4 g5 a4 e5 b5 e5 c5 e5 g4 d5", 72, legato=0.6), bars - 8, 4)
    beat = grid(bars, kick="X... X... X... X...", hat="..x. ..x. ..x. ..x.", shaker="oooo oooo oooo oooo")
    claps = shift(grid(bars - 2, clap=".... x... .... x...", open_hat="..x. ..x. ..x. ..x."), 8)
    parts = [
        Part(38, acid, volume=108, reverb=15, loose_ms=0),
        Part(81, shift(stabs, 16), volume=72, pan=84, reverb=70, loose_ms=0),
        Part(80, shift(lead, 32), volume=54, pan=40, reverb=80, loose_ms=0),
        Part(25, [*beat, *claps], volume=120, reverb=10, drums=True, loose_ms=0),
    ]
    return Clip("warehouse_techno.opus", "Warehouse", ARTIST, YEAR, "Techno", 132, 33, parts, OWN)


def drift() -> Clip:
    pads = line("d3+a3+e4+f#4/8 b2+f#3+d4+a4 g2+d3+b3+f#4 a2+e3+b3+d4", 70, legato=1.15)
    deep = line("d2/8 b1 g1 a1", 72, legato=1.1)
    bells = line("-/3 a5/3 -/4 f#5/2 -/5 e6/3 -/4 b5/2 -/3 a5/3", 50, legato=2)
    parts = [
        Part(89, pads, volume=100, pan=50, reverb=110),
        Part(95, shift(pads, 0.5), volume=76, pan=80, reverb=120),
        Part(89, deep, volume=90, reverb=100),
        Part(98, bells, volume=48, pan=90, reverb=127, loose_ms=30),
    ]
    return Clip("drift_ambient.opus", "Drift", ARTIST, YEAR, "Ambient", 54, 38, parts, OWN, fade_seconds=5)


def iron_gate() -> Clip:
    gallop = "e2+b2/.5 e2+b2/.25 e2+b2 e2+b2/.5 e2+b2/.25 e2+b2 "
    riff_a = gallop + "g2+d3/.5 e2+b2/.25 e2+b2 f#2+c#3/.5 e2+b2/.25 e2+b2 "
    riff_b = gallop + "c3+g3/1 b2+f#3 "
    fast = "e2/.25 e2 e2 f2 e2 e2 g2 e2 e2 f2 e2 e2 a#2 a2 g2 f2 "
    verse = line((riff_a + riff_b) * 4, 112, legato=0.85)
    bridge = line(fast * 8, 112, at=32, legato=0.8)
    power = line("e2+b2+e3/4 c3+g3+c4 d3+a3+d4 b2+f#3+b3 e2+b2+e3 c3+g3+c4 a2+e3+a3 b2+f#3+b3", 116, at=64)
    guitar = [*verse, *bridge, *power]
    solo = line(
        "e5/.25 g5 b5 g5 e5 g5 b5 e6 c5 e5 g5 e5 c5 e5 g5 c6 d5 f#5 a5 f#5 d5 f#5 a5 d6 b4 d#5 f#5 d#5 b4 d#5 f#5 b5 "
        * 4,
        104,
        at=64,
    )
    roots = [n for n in shift(guitar, 0, -12) if n.pitch <= 38]
    double = grid(24, kick="XxxxXxxxXxxxXxxx", snare="....X.......X...", hat="x.x.x.x.x.x.x.x.")
    crashes = repeat(grid(1, crash="X..............."), 6, 16)
    parts = [
        Part(30, guitar, volume=104, pan=10, reverb=25, loose_ms=7),
        Part(30, guitar, volume=104, pan=117, reverb=25, loose_ms=11),
        Part(30, solo, volume=84, pan=64, reverb=70),
        Part(34, roots, volume=110, reverb=15),
        Part(16, [*double, *crashes], volume=120, reverb=30, drums=True, loose_ms=4),
    ]
    return Clip("iron_gate_metal.opus", "Iron Gate", ARTIST, YEAR, "Heavy Metal", 172, 33, parts, OWN)


def late_bus() -> Clip:
    steps = (0, 0, 5, 5, 0, 0, 5, 5, 7, 5, 0, 7)  # root of every bar, in semitones above A
    bar_riff = line("a2+e3/.5 a2+e3 a2+e3! a2+e3 c3+g3 d3+a3! a2+e3/1", 104, legato=0.85)
    bar_bass = line("a1/.5 a1 a1 a1 c2 d2 a1 a1", 104, legato=0.85)
    riff, bass = (
        [note for bar, root in enumerate(steps * 2) for note in shift(one, 4 * bar, root)]
        for one in (bar_riff, bar_bass)
    )
    lick = "a5/1.5 g5/.5 e5 d5 c5 d5 | e5/.5 e5+a5 e5+a5 g5 a5/2 | "
    fill = "c6/1 a5/.5 g5 a5/1 e5/.5 g5 | d5/.5 c5 a4 c5 d5 e5 a4/1 | "
    lead = line((lick + fill) * 4, 108, at=32, legato=0.95)
    beat = grid(24, 2, kick="X..xX...", snare="..X...X.", open_hat="xxxxxxxx")
    crashes = repeat(grid(1, crash="X..............."), 6, 16)
    parts = [
        Part(29, riff, volume=100, pan=14, reverb=30, loose_ms=8),
        Part(30, riff, volume=84, pan=113, reverb=30, loose_ms=11),
        Part(29, lead, volume=96, pan=64, reverb=60),
        Part(34, bass, volume=108, reverb=10),
        Part(0, [*beat, *crashes], volume=116, reverb=35, drums=True, loose_ms=5),
    ]
    return Clip("late_bus_rock.opus", "Late Bus", ARTIST, YEAR, "Rock", 138, 36, parts, OWN)


def blue_lamp_quartet() -> Clip:
    tune = """
        -/.5 d5 f5 a5 c6/1 a5/.5 g5 | f5/1 -/.5 d5 e5 f5 g5 b4 | -/.5 e5 g5 b5 d6/1 b5/.5 g5 | a5/2 -/2
        -/.5 c5 d#5 f5 a5/1 g5/.5 f5 | d5/1.5 c#5/.5 d5 f5 a5 g#5 | g5/.5 e5 c5 a4 b4/1 d5/.5 f5 | e5/3 -/1
        a5/.5 g5 f5 d5 c5 a4 f4 a4 | b4/1 f5/.5 e5 d#5/1 b4 | -/.5 g4 b4 d5 e5/1 g5 | e5/1 c#5/.5 a#4 a4/2
        -/.5 f4 a4 c5 e5 d5 c5 a4 | b4/.5 d5 f5 a5 g#5/1 f5 | e5/.5 d5 b4 g4 c5/2 | -/1 g5/.5 e5 d5/2"""
    changes = "f3+a3+c4+e4 f3+a3+b3+e4 e3+g3+b3+d4 e3+g3+a3+c#4 " * 4
    comp = [
        n
        for bar, chord in enumerate(changes.split())
        for n in line(f"-/1.5 {chord}/.5 -/1 -/.5 {chord}/.5", 62, at=4 * bar, legato=0.8)
    ]
    walk = line("d2/1 f2 a2 g#2 g2 b2 d3 c#3 c3 b2 g2 e2 a2 g2 e2 c#2 " * 4, 88, legato=0.92)
    beat = grid(16, 2, ride="x.xxx.xx", hat="..x...x.", kick="o...o...", stick="......o.")
    parts = [
        Part(66, swing(line(tune, 92, legato=0.95)), volume=92, pan=60, reverb=60),
        Part(0, swing(comp), volume=88, pan=36),
        Part(32, walk, volume=116, pan=72, reverb=20),
        Part(40, swing(beat), volume=92, pan=64, drums=True),
    ]
    return Clip("blue_lamp_quartet.opus", "Blue Lamp Quartet", ARTIST, YEAR, "Jazz", 148, 30, parts, OWN)


def cafe_valse() -> Clip:
    tune = """
        e5/1 a5 c6 | b5/2 a5/1 | g#5/1 a5 b5 | e5/3 | f5/1 e5 d5 | d5/2 c5/1 | b4/1 c5 d5 | e5/3
        e5/1 a5 c6 | e6/2 d6/1 | c6/1 b5 a5 | f5/3 | e5/1 f5 d5 | c5/2 b4/1 | a4/1 c5 e5 | a5/3"""
    chords = "a3+c4+e4 a3+c4+e4 g#3+b3+e4 g#3+b3+e4 a3+d4+f4 a3+c4+e4 g#3+b3+e4 g#3+b3+e4 "
    chords += "a3+c4+e4 a3+c4+e4 a3+c4+f4 a3+d4+f4 g#3+b3+d4 g#3+b3+e4 a3+c4+e4 a3+c4+e4"
    lows = "a2 e2 e2 b2 d2 a2 e2 b2 a2 e2 f2 d2 e2 b2 a2 a2"
    oom_pah = " ".join(f"-/1 {chord}/.6 -/.4 {chord}/.6 -/.4" for chord in chords.split())
    bass = " ".join(f"{low}/1 -/2" for low in lows.split())
    melody = repeat(line(tune, 94, legato=0.95), 2, 48)
    parts = [
        Part(21, melody, volume=108, pan=58),
        Part(21, repeat(line(oom_pah, 66), 2, 48), volume=76, pan=80),
        Part(32, repeat(line(bass, 92), 2, 48), volume=104, pan=64),
    ]
    return Clip("café_valse.opus", "Café Valse", ARTIST, YEAR, "Musette", 176, 34, parts, OWN)


ORIGINALS = (river_harp, evening_raga, warehouse, drift, iron_gate, late_bus, blue_lamp_quartet, cafe_valse)
