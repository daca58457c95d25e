#!/usr/bin/env bash
# Checks the policies and compares them with a base: annotations on stdout, everything else into files.
# In: POLICYVER_BASE, POLICYVER_DIRECTORY, POLICYVER_ARGUMENTS, and GitHub's environment files.
# Out: the outputs `status` and `reports`, and the step summary. Ends with 0 unless policyver could not do its work.
set -euo pipefail
reports="$RUNNER_TEMP/policyver"
mkdir -p "$reports"
directory="${POLICYVER_DIRECTORY:-.}"
base="${POLICYVER_BASE:-}"

arguments=()
while IFS= read -r argument; do
  [ -n "$argument" ] && arguments+=("$argument")
done <<< "${POLICYVER_ARGUMENTS:-}"

# The commit before a push is all noughts for a new branch, and may be gone after a forced one.
range=()
if [[ "$base" =~ ^[0-9a-zA-Z][0-9a-zA-Z._/-]*$ && ! "$base" =~ ^0+$ ]] &&
  git -C "$directory" rev-parse --verify --quiet --end-of-options "$base^{commit}" > /dev/null; then
  range=("$base...HEAD")
  if [ "${GITHUB_EVENT_NAME:-}" = pull_request ]; then
    arguments+=(--changed-since "$base")
  fi
fi

status=0
policyver -C "$directory" check "${arguments[@]}" --limit 20000 --format github \
  --output "$reports/findings.sarif" --output "$reports/findings.md" --output "$reports/findings.json" || status=$?
if [ "$status" -gt 1 ]; then
  exit "$status"
fi

policyver -C "$directory" diff "${range[@]:---last}" --limit 40000 \
  --output "$reports/redline.html" --output "$reports/redline.md" --output "$reports/diff.json"
{
  cat "$reports/findings.md"
  echo
} >> "$GITHUB_STEP_SUMMARY"
policyver -C "$directory" diff "${range[@]:---last}" --format markdown >> "$GITHUB_STEP_SUMMARY"
{
  echo "status=$status"
  echo "reports=$reports"
} >> "$GITHUB_OUTPUT"
