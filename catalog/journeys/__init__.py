"""Journeys from one track to another, and radio: tracks in an order that sounds right."""
