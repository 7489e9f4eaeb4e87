// @ts-check
/** Loads the player when there is something to play: the first view does not need it. */

import { showProblem } from './notice.js'
import { onDemand } from './on_demand.js'
import { onQueue, queueDetails } from './queue.js'

/** `onChange({id, paused})`: the track has changed, or playback was started or stopped. `actions()`: of menus of tracks. */
export function createPlayerPart(onChange, actions) {
  let player = null
  let loading = null

  function load() {
    loading ??= onDemand(import('./player.js'))
      .then(({ createPlayer }) => createPlayer(onChange, actions()))
      .then(made => (player = made))
      .catch(problem => {
        loading = null
        showProblem(problem, problem.reload ?? load)
      })
    return loading
  }

  /** With an empty queue, there is nothing to control. */
  const control = name => async () => queueDetails().current && (await load())?.[name]()

  onQueue(() => player || load())

  return {
    /** When the first view is shown: a click on "play" then finds the player loaded, and the kept queue appears. */
    load,
    isCurrent: id => player?.isCurrent(id) ?? false,
    skip: seconds => player?.skip(seconds),
    translate: () => player?.translate(),
    toggle: control('toggle'),
    next: control('next'),
    previous: control('previous'),
    mute: control('mute'),
    openQueue: control('openQueue'),
  }
}
