// @ts-check
/** One tab plays at a time: a tab that starts says so, and the others pause. */

const channel = new BroadcastChannel('polymuse.player')

export const sayStarted = () => channel.postMessage('started')

export function onOtherStarted(listener) {
  channel.onmessage = ({ data }) => data === 'started' && listener()
}
