// @ts-check
/** What can be done with a track, or with several at once: the entries of menus, in their order. */

/**
 * `text`: the key of the label, in menu.LANGUAGE.json. `one`: only for a single track. `when`: whether it is offered.
 * `actions`: those of the list that the tracks are in, see app.js.
 * @typedef {{text: string, one?: boolean, when?(tracks: any[], actions: any): boolean,
 *   run(tracks: any[], actions: any): any}} TrackAction
 */

const anyPlayable = tracks => tracks.some(({ kind }) => kind !== 'score')

/** @type {TrackAction[][]} groups, with a line between them */
export const TRACK_ACTIONS = [
  [
    { text: 'menu.next', when: anyPlayable, run: tracks => import('./queue.js').then(({ playNext }) => playNext(tracks)) },
    { text: 'menu.queue', when: anyPlayable, run: tracks => import('./queue.js').then(({ enqueue }) => enqueue(tracks)) },
  ],
  [
    { text: 'menu.more', run: (tracks, { addTerm }) => tracks.forEach(track => addTerm(track, false)) },
    { text: 'menu.less', run: (tracks, { addTerm }) => tracks.forEach(track => addTerm(track, true)) },
    { text: 'menu.similar', one: true, run: ([track], { similar }) => similar(track) },
  ],
  [
    { text: 'menu.select', one: true, run: ([track], { select, isSelected }) => select(track, !isSelected(track.id)) },
    { text: 'menu.details', one: true, run: ([track], { openDetails }) => openDetails(track) },
  ],
]
