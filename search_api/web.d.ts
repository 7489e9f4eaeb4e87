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

/** A track on the map, with its position on the canvas in CSS pixels. */
interface MapPoint extends Place {
  id: string
  title: string
  artist: string
  /** Category → slug. */
  tags: Record<string, string>
  /** Its position on the map, from 0 to 1, y downwards. */
  unit: Place
}

/** The visible part of the map: all of it at zoom 1; x and y are its corner in CSS pixels. */
interface MapView extends Place {
  zoom: number
}

/** What the canvas shows. */
interface MapScene {
  points: MapPoint[]
  /** The tag category that determines the colours. */
  colourBy: string
  /** The tags with their own colour, in the order of the colours in the style sheet. */
  coloured: string[]
  /** The only tag that is shown, if any. */
  only: string | null
  /** Track ids; if there are any, all other points are dimmed. */
  hits: Set<string>
  /** Track id. */
  playing: string | null
  hovered: MapPoint | null
  lasso: Place[]
}
