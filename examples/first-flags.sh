#!/usr/bin/env bash
# first-flags.sh FILE.csv TEXT_COLUMN LABEL_COLUMN: the ten worst labels of a csv file, with curl.
set -euo pipefail
file=$1 text=$2 label=$3
url=${WINNOW_URL:-http://127.0.0.1:8080}

call() { # call PATH [curl options]: the answer's JSON; an error ends the script with its text
  local path=$1
  shift
  curl --silent --show-error --fail-with-body \
    ${WINNOW_API_KEY:+--header "authorization: Bearer $WINNOW_API_KEY"} "$@" "$url$path"
}

ended() { # ended JOB_ID: waits for the job; prints it, or its error and fails
  local job state
  while :; do
    job=$(call "/v1/jobs/$1?wait=30")
    state=$(jq --raw-output .state <<<"$job")
    case $state in
      succeeded) printf '%s' "$job"; return ;;
      failed | cancelled) jq .error <<<"$job" >&2; return 1 ;;
    esac
  done
}

upload=$(call /v1/uploads --data-binary "@$file" --header "content-type: application/octet-stream" | jq --raw-output .id)

ingest=$(jq --null-input --arg upload "$upload" --arg text "$text" --arg labels "$label" '{
  name: "first flags", source: {type: "upload", uploadId: $upload},
  format: {type: "csv", textColumn: $text, labelColumn: $labels}}')
job=$(call /v1/jobs/dataset-ingest --json "$ingest" | jq --raw-output .id)
dataset=$(ended "$job" | jq --raw-output .datasetId)
call "/v1/datasets/$dataset" | jq --raw-output '"\(.rows) rows in \(.classes) classes, \(.rejected) rejected"'

training=$(jq --null-input --arg dataset "$dataset" --argjson folds "${FOLDS:-3}" '{
  datasetId: $dataset, model: {kind: "quick"}, folds: $folds, seed: 1, pruning: {}}')
job=$(call /v1/jobs/fold-training --json "$training" | jq --raw-output .id)
trained=$(ended "$job")
jq --raw-output '"held-out accuracy \(100 * .result.accuracy | round) %"' <<<"$trained"
ended "$(jq --raw-output .result.pruningJobId <<<"$trained")" >/dev/null

pruning=$(jq --raw-output .result.pruningId <<<"$trained")
call "/v1/prunings/$pruning" | jq --raw-output '"\(.flagged) labels flagged; the worst:"'
call "/v1/prunings/$pruning/flags?limit=10" |
  jq --raw-output '.data[] | "  \(.given) -> \(.suggested)  \(.text)"'
