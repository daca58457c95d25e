"""Git: repositories, blobs and versions. The only place that talks to git, and it talks through GitPython.

The repository under inspection is hostile until checked: nothing that its configuration names (hooks, filters,
pagers, external diffs, text conversions, file-system monitors, lazy fetches, signature programs) is run, no
argument that begins with ``-`` reaches git as a name, and ``GIT_*`` of the environment is not obeyed.
"""

from policyver.history.repository import Blob, Commit, Entry, Repository
from policyver.history.versions import versions_by_text

__all__ = ["Blob", "Commit", "Entry", "Repository", "versions_by_text"]
