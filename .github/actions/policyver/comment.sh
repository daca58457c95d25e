#!/usr/bin/env bash
# Keeps one comment on a pull request: changes its own one if it is there, else writes it.
# In: GH_TOKEN, GITHUB_REPOSITORY, POLICYVER_PULL_REQUEST, POLICYVER_REPORTS.
set -euo pipefail
mark='<!-- policyver: this comment is kept up to date -->'
if ! [[ "$POLICYVER_PULL_REQUEST" =~ ^[0-9]+$ ]]; then
  echo "There is no pull request to comment on." >&2
  exit 1
fi
body="$POLICYVER_REPORTS/comment.md"
{
  echo "$mark"
  cat "$POLICYVER_REPORTS/findings.md"
  echo
  cat "$POLICYVER_REPORTS/redline.md"
} > "$body"
comments="repos/$GITHUB_REPOSITORY/issues/$POLICYVER_PULL_REQUEST/comments"
own=$(gh api --paginate "$comments" \
  --jq ".[] | select(.user.type == \"Bot\") | select(.body | startswith(\"$mark\")) | .id" | head -n 1)
if [ -n "$own" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$own" --field "body=@$body"
else
  gh api --silent --method POST "$comments" --field "body=@$body"
fi
