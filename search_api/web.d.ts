/** What the modules of the page pass to each other, for `make lint` and editors; not served. */

interface Window {
  /** Leaves the form to the search box, and says whether it was submitted before. */
  takeOver(): boolean
}

/** A part of the mix beside the words in the search box. */
interface Term {
  kind: 'text' | 'track' | 'audio'
  /** The text, the track's id or the token of an upload. */
  value: string
  /** How it is called on the page. */
  label?: string
  /** Whether hits are to be unlike it. */
  away?: boolean
  /** Of a track: the one of its stems that is compared; '' compares like with like. */
  stem?: string
}

/** What is asked. */
interface Question {
  /** The words in the search box. */
  text: string
  terms: Term[]
  /** Which of the library's stems are compared. */
  stems: string[]
  /** Terms of the filter language. */
  where: string[]
  /** Hits unlike each other, not by score alone. */
  varied: boolean
  /** What hits must not share with a track of the mix: 'artist', 'album'. */
  withoutSame: string[]
  /** Near-duplicates are left out. */
  withoutDuplicates: boolean
  /** The lowest score of a hit, as it was typed: the service says what is wrong with it. */
  minScore: string
  /** 'search' or 'map' */
  view: string
  /** The tag category that colours the map. */
  colour: string
}

interface Place {
  x: number
  y: number
}

/** A track on the map, with its place on the canvas in CSS pixels. */
interface MapPoint extends Place {
  id: string
  title: string
  artist: string
  /** Category → slug. */
  tags: Record<string, string>
  /** Its place on the map, from 0 to 1, y downwards. */
  unit: Place
}

/** How much of the map is seen: all of it at zoom 1; x and y are its corner in CSS pixels. */
interface MapView extends Place {
  zoom: number
}

/** What is drawn of the map. */
interface MapScene {
  points: MapPoint[]
  /** The category of tags that gives the colours. */
  colourBy: string
  /** The tags with a colour of their own, in the order of the style sheet's. */
  coloured: string[]
  /** The tag that is shown alone. */
  only: string | null
  /** Ids; where there are some, the other points are pale. */
  hits: Set<string>
  /** Id. */
  playing: string | null
  hovered: MapPoint | null
  lasso: Place[]
}
