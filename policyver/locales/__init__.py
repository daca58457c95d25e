"""Which text governs where and when: language tags, territories, precedence clauses, alignment, freshness.

One idea: a translation that lags is a legal state. Where the local text prevails, a change of the source is not
in force until the local text has it. Everything here is pure over what the workspace answers.
"""
