"""Notices: computed from what changed in the text that governs for each audience, delivered once, and provable.

`markets` finds what changed where (pure over the answers of `policyver.locales`), `composing` puts it into words,
`store` and `outbox` keep it, `delivery` hands it to `channels`, the only place that knows apprise.
"""
