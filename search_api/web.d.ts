/** Types that the modules of the page share, for `make lint` and editors; not served. */

interface Window {
  /** Hands the form over to the search box; returns whether it was submitted before that. */
  takeOver(): boolean
}

/** A term of the mix, in addition to the text in the search box. */
interface Term {
  kind: 'text' | 'track' | 'audio' | 'score'
  /** The text, the track's id or the token of an upload. */
  value: string
  /** Its name on the page. */
  label?: string
  /** Whether hits should be unlike it. */
  away?: boolean
  /** For a track: the stem that represents it; '' compares each stem with the same stem. */
  stem?: string
  /** For a score: what the service left out when it read it; lost when the page is loaded again. */
  remarks?: string[]
}

/** The query and the state of the view. */
interface Question {
  /** The text in the search box. */
  text: string
  terms: Term[]
  /** The stems that are compared. */
  stems: string[]
  /** Terms of the filter language. */
  where: string[]
  /** Diverse hits, not ranked by score alone. */
  varied: boolean
  /** What hits must not share with a track of the mix: 'artist', 'album'. */
  withoutSame: string[]
  /** Near-duplicates are left out. */
  withoutDuplicates: boolean
  /** The lowest score of a hit, as typed; the service validates it. */
  minScore: string
  /** 'search' or 'map' */
  view: string
  /** What the view shows: an artist, a playlist …; '' for views without such a choice. */
  about: string
  /** The order of the library, '-' in front for the highest first: 'title', '-added', 'random:SEED' …; not of hits. */
  sort: string
  /** The tag category that colours the map. */
  colour: string
}

/** An error in the words of the service. */
interface Trouble {
  message: string
  advice: string
}

/** Work of the service, as GET /v1/jobs describes it. */
interface Job {
  id: string
  kind: 'scan' | 'retry' | 'weights'
  state: 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'stopped'
  phase: 'weights' | 'scanning' | 'analysing' | 'measuring' | 'done'
  started: string | null
  ended: string | null
  files: {
    total: number | null
    done: number
    indexed: number
    updated: number
    unchanged: number
    failed: number
    skipped: number
    measured: number
    to_measure: number
  }
  forgotten: number
  download: { name: string; bytes: number; total: number } | null
  speed: { files_per_minute: number | null; times_realtime: number | null }
  seconds_left: number | null
  bottleneck: string | null
  current: string | null
  problem: Trouble | null
  notes: string[]
}

/** What the service is doing. */
interface Feed {
  jobs: Job[]
  paused: boolean
  /** Files that are gone, but kept because they are too many at once. */
  gone: number
  /** Whether there has been an answer. */
  known: boolean
  /** The service does not answer, or is starting. */
  away: boolean
  /** Whether this service indexes by itself. */
  indexes: boolean
}

/** A folder that the service keeps up to date. */
interface Folder {
  path: string
  origin: 'settings' | 'page'
  state: 'watched' | 'polled' | 'missing' | 'unreadable' | 'off'
  files: number | null
  problem: Trouble | null
}

interface Place {
  x: number
  y: number
}

/** The points of the map in columns: the same index is the same point in all of them. */
interface MapPoints {
  length: number
  /** Points and names of the same version belong together. */
  version: string
  /** From 0 to 1, y downwards. */
  x: Float32Array
  y: Float32Array
  /** Category → its slugs, and which of them each point has; -1 for none. */
  tags: Record<string, { slugs: string[]; of: number[] }>
  bpm: (number | null)[]
  /** Camelot codes, '' for none. */
  key: string[]
  energy: (number | null)[]
  year: (number | null)[]
  regions: { x: number; y: number; level: number; tags: string[]; tracks: number }[]
  /** The names, null until they are loaded. */
  ids: string[] | null
  kinds: string[] | null
  titles: string[] | null
  artists: string[] | null
  /** Id → index. */
  at: Map<string, number>
}

/** A name on the canvas, around its centre; lengths are CSS pixels. */
interface MapLabel extends Place {
  text: string
  font: string
  width: number
  height: number
}

/** The visible part of the map: all of it at zoom 1; x and y are its corner in CSS pixels. */
interface MapView extends Place {
  zoom: number
}

/** What the map shows. A point is its index, -1 is none. */
interface MapScene {
  points: MapPoints
  /** Positions on the canvas in CSS pixels. */
  xs: Float32Array
  ys: Float32Array
  /** What determines the colours: a category of tags, 'bpm', 'key', 'energy' or 'year'. */
  colourBy: string
  colouring: { classes: { name: string; style: string; count: number }[]; of: Uint8Array }
  /** Colours by class. */
  palette: string[]
  /** 0 for points that are dimmed, because a search or a class of the legend does not have them. */
  isMeant: Uint8Array
  labels: MapLabel[]
  /** The tracks of a journey in their order. */
  path: number[]
  playing: number
  hovered: number
  /** Of a point, in CSS pixels. */
  radius: number
  lasso: Place[]
  /** Whether dragging draws. */
  drawing: boolean
  /** Whether the list below has a part of the points. */
  listed: boolean
  ink: string
  ground: string
  accent: string
}
