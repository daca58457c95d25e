"""Section-level changes of localized policies kept in git, and which text governs where.

The public Python API starts at `policyver.workspace.Workspace`; `policyver.document.parse` and
`policyver.diffing.compare` work on texts alone.
"""

__version__ = "0.1.0"
