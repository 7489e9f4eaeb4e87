// @ts-check
/** Names of the tags in the language of the page, and their categories. */

import { descriptors } from './api.js'

let known = new Map() // slug → {slug, category, name}

export async function loadDescriptors(language) {
  const answer = await descriptors(language)
  known = new Map(answer.descriptors.map(descriptor => [descriptor.slug, descriptor]))
}

export const CATEGORIES = ['genre', 'mood', 'instruments', 'texture']

export const tagName = slug => known.get(slug)?.name ?? slug.replaceAll(/[-_]/g, ' ')
export const tagCategory = slug => known.get(slug)?.category ?? 'other'

/** Names of the tags that the profile of the service can assign. */
export const descriptorNames = () => [
  ...new Set([...known.values()].filter(descriptor => descriptor.expressible).map(descriptor => descriptor.name)),
]
