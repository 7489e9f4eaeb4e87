// @ts-check
/** What can be done with a track, or with several at once: the entries of menus, in their order. */

import { mayChange } from './scope.js'

/**
 * `text`: the key of the label, in menu.LANGUAGE.json. `one`: only for a single track. `when`: whether it is offered.
 * `actions`: those of the list that the tracks are in, see app.js.
 * @typedef {{text: string, one?: boolean, when?(tracks: any[], actions: any): boolean,
 *   run(tracks: any[], actions: any): any}} TrackAction
 */

const hasAudio = tracks => tracks.some(({ kind }) => kind !== 'score')
const canBeAdded = (tracks, { queued }) => !queued && hasAudio(tracks)

/** @type {(when?: (tracks: any[], actions: any) => boolean) => (tracks: any[], actions: any) => boolean} */
const changing = when => (tracks, actions) => mayChange() && (!when || when(tracks, actions))

const marks = () => import('./marks.js')
const isFavourite = track => Boolean(track.marks?.favourite_since)
const isHidden = track => Boolean(track.marks?.hidden_since)

/** An entry for a track in the queue: there, `actions.queued` says what is possible, see `queue_list.js`. */
const inQueue = (name, text) => ({
  text,
  one: true,
  when: (_, { queued }) => Boolean(queued?.[name]),
  run: (_, { queued }) => queued[name](),
})

/** An entry for a track of a playlist: there, `actions.listed` says what is possible, see `playlist_view.js`. */
const inList = (name, text) => ({
  text,
  one: true,
  when: (_, { listed }) => Boolean(listed?.[name]),
  run: (_, { listed }) => listed[name](),
})

/** @type {TrackAction[][]} groups, with a line between them */
export const TRACK_ACTIONS = [
  [
    inQueue('next', 'menu.queue.next'),
    inQueue('up', 'menu.queue.up'),
    inQueue('down', 'menu.queue.down'),
    inQueue('remove', 'menu.queue.remove'),
    { text: 'menu.next', when: canBeAdded, run: tracks => import('./queue.js').then(({ playNext }) => playNext(tracks)) },
    { text: 'menu.playlist', when: changing((_, { queued }) => !queued), run: (tracks, { ask }) => import('./playlist_dialog.js').then(({ addToPlaylist }) => addToPlaylist(tracks, ask)) },
    inList('up', 'menu.playlist.up'),
    inList('down', 'menu.playlist.down'),
    inList('remove', 'menu.playlist.remove'),
    { text: 'menu.queue', when: canBeAdded, run: tracks => import('./queue.js').then(({ enqueue }) => enqueue(tracks)) },
  ],
  [
    { text: 'menu.more', run: (tracks, { addTerm }) => tracks.forEach(track => addTerm(track, false)) },
    { text: 'menu.less', run: (tracks, { addTerm }) => tracks.forEach(track => addTerm(track, true)) },
    { text: 'menu.similar', one: true, run: ([track], { similar }) => similar(track) },
    { text: 'menu.radio', when: hasAudio, run: tracks => import('./radio.js').then(({ startRadio }) => startRadio(tracks)) },
    { text: 'menu.journey', one: true, when: (_, { ask }) => Boolean(ask), run: ([{ id }], { ask }) => ask({ view: 'journey', about: id }) },
  ],
  [
    { text: 'menu.favourite', when: changing(tracks => !tracks.every(isFavourite)), run: tracks => marks().then(({ setFavourite }) => setFavourite(tracks, true)) },
    { text: 'menu.noFavourite', when: changing(tracks => tracks.every(isFavourite)), run: tracks => marks().then(({ setFavourite }) => setFavourite(tracks, false)) },
    { text: 'menu.hide', when: changing(tracks => !tracks.every(isHidden)), run: tracks => marks().then(({ setHidden }) => setHidden(tracks, true)) },
    { text: 'menu.show', when: changing(tracks => tracks.every(isHidden)), run: tracks => marks().then(({ setHidden }) => setHidden(tracks, false)) },
  ],
  [
    { text: 'menu.select', one: true, when: ([{ id }], { select, isSelected }) => Boolean(select) && !isSelected(id), run: ([track], { select }) => select(track, true) },
    { text: 'menu.deselect', one: true, when: ([{ id }], { select, isSelected }) => Boolean(select) && isSelected(id), run: ([track], { select }) => select(track, false) },
    { text: 'menu.details', one: true, when: (_, { openDetails }) => Boolean(openDetails), run: ([track], { openDetails }) => openDetails(track) },
  ],
]
