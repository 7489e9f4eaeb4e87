// @ts-check
/** Exports tracks as a playlist, a table or JSON. */

const oneLine = text => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')

/** A path as a line: itself, or as a URL if it would not be read back as the same line. */
const location = path =>
  path === oneLine(path).trim() ? path : `file://${path.split('/').map(encodeURIComponent).join('/')}`

export const isPlayable = track => track.kind !== 'score'

/** Scores, which no player plays, are left out. */
export function toM3u(tracks) {
  const entry = ({ artist, title, duration, paths }) => {
    const name = oneLine(artist ? `${artist} - ${title}` : title)
    return `#EXTINF:${Math.round(duration)},${name}\n${location(paths[0])}\n`
  }
  return `#EXTM3U\n${tracks.filter(isPlayable).map(entry).join('')}`
}

const COLUMNS = ['title', 'artist', 'album', 'year', 'duration', 'score', 'tags', 'path', 'id', 'kind']

const FORMULA = /^[\s\p{Cf}\p{DI}\u2800]*[=+\-@＝＋－＠﹦﹢﹣﹫]/u
const NUMBER = /^[+-]?[0-9]+(\.[0-9]+)?$/
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g
const NAMED = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

const escaped = character => {
  const code = character.charCodeAt(0)
  const hex = digits => code.toString(16).padStart(digits, '0')
  return NAMED[character] ?? (code < 0x100 ? `\\x${hex(2)}` : `\\u${hex(4)}`)
}

/** CSV as in RFC 4180, without line breaks in cells. What a spreadsheet would evaluate as a formula gets an apostrophe. */
export function toCsv(tracks) {
  const cell = value => {
    const text = String(value ?? '').replaceAll(UNSAFE, escaped)
    const harmless = typeof value === 'string' && FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
    return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
  }
  const line = track => COLUMNS.map(name => cell(columns(track)[name])).join(',')
  return [COLUMNS.join(','), ...tracks.map(line)].map(text => `${text}\r\n`).join('')
}

const columns = track => ({ ...track, path: track.paths[0], tags: track.tags.map(tag => tag.slug).join(' ') })

export const toJson = tracks => `${JSON.stringify(tracks, null, 2)}\n`

const WRITERS = {
  m3u: [toM3u, 'm3u8', 'audio/x-mpegurl'], // .m3u8 means UTF-8
  csv: [toCsv, 'csv', 'text/csv;charset=utf-8'],
  json: [toJson, 'json', 'application/json'],
}

export function download(format, tracks) {
  const [write, extension, type] = WRITERS[format]
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([write(tracks)], { type }))
  link.download = `poly-muse.${extension}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000) // the browser may still be reading
}
