// @ts-check
/** What tags are called in the language of the interface, and which category they are of. */

import { descriptors } from './api.js'

let known = new Map() // slug → {slug, category, name}

export async function loadDescriptors(language) {
  const answer = await descriptors(language)
  known = new Map(answer.descriptors.map(descriptor => [descriptor.slug, descriptor]))
}

export const CATEGORIES = ['genre', 'mood', 'instruments', 'texture']

export const tagName = slug => known.get(slug)?.name ?? slug.replaceAll(/[-_]/g, ' ')
export const tagCategory = slug => known.get(slug)?.category ?? 'other'

/** Of those that the networks of the service can tell apart. */
export const descriptorNames = () => [
  ...new Set([...known.values()].filter(descriptor => descriptor.expressible).map(descriptor => descriptor.name)),
]
