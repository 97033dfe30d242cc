#!/usr/bin/env bash
# Checks this machine's card: whether icl computes on it what it does on the processor, always the same bits, and how fast
# beside PyTorch. Needs bash, the program gpu_check, and for what goes beyond it icl, and Python with PyTorch; what is not there
# is left out, and said. docs/gpu_check.md says more.
#
# usage: gpu-check.sh [--quick] [--parts parity,determinism,speed,peers,studies] [--card N | host] [--out FILE]
#                     [--binary FILE] [--icl FILE] [--python FILE]
#        gpu-check.sh --pack FILE.tar.gz    puts all of it into one archive, to be carried to a machine without Rust
#
# ends with 0 where parity and determinism held, or there was no card and they held on the processor; with 1 where not;
# with 2 where nothing could be run.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
target=${CARGO_TARGET_DIR:-$root/target}
parts=parity,determinism,speed,peers,studies
quick= card= out=gpu-check.json binary= icl= python= pack=

fail() {
  echo "gpu-check: $1" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=--quick ;;
    --parts | --card | --out | --binary | --icl | --python | --pack)
      [ $# -gt 1 ] || fail "$1 takes a value"
      declare "${1#--}=$2"
      shift
      ;;
    -h | --help)
      sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) fail "no option $1" ;;
  esac
  shift
done

# The first of some files that is there: beside this script where all of it was carried elsewhere, else in the repository.
first() {
  for file; do
    [ -f "$file" ] && echo "$file" && return
  done
}
[ -n "$binary" ] || binary=$(first "$here/gpu_check" "$target/release/examples/gpu_check")
[ -n "$icl" ] || icl=$(first "$here/icl" "$target/release/icl")
quickstart=$(first "$here/quickstart.icl" "$root/experiments/quickstart.icl")
warmup=$(first "$here/warmup.icl" "$root/tests/programs/warmup.icl")
model=$(first "$here/torch_model.py" "$root/benches/peers/torch_model.py")
[ -x "${binary:-}" ] || fail "the program gpu_check is not here: cargo build --release --example gpu_check makes it"

work=$(mktemp -d) || fail "no folder for what is written meanwhile"
trap 'rm -rf "$work"' EXIT

if [ -n "$pack" ]; then
  mkdir "$work/gpu-check"
  for file in "$here/gpu-check.sh" "$here/peers.py" "$binary" "$icl" "$quickstart" "$warmup" "$model"; do
    [ -f "$file" ] || fail "a file to pack is missing: build icl and the example gpu_check"
    cp "$file" "$work/gpu-check/" || fail "$file is not copied"
  done
  tar -czf "$pack" -C "$work" gpu-check || fail "$pack is not written"
  echo "$pack: unpack it, and run gpu-check/gpu-check.sh"
  exit 0
fi

asked() {
  case ,$parts, in
    *,$1,*) true ;;
    *) false ;;
  esac
}

left_out() {
  printf '{"line":"left_out","part":"%s","why":"%s"}\n' "$1" "${2//[\"\\]/}" >>"$work/left.jsonl"
}

weights=
asked peers && weights="--weights $work/weights"
# shellcheck disable=SC2086
"$binary" --parts "$parts" $quick ${card:+--card "$card"} $weights --out "$work/own.json" >"$work/own.txt"
code=$?
[ $code -le 1 ] || fail "gpu_check ended with $code"
real=
grep -q '"is_card": true' "$work/own.json" && real=yes

# PyTorch on the same cases.
if asked peers; then
  if [ -z "$python" ]; then
    for name in python3 python; do
      command -v $name >"$work/found" && "$name" -c 'import torch' 2>"$work/err" && python=$name && break
    done
  fi
  device=cpu
  [ -n "$real" ] && device=cuda:${card:-0}
  if [ ! -f "$work/weights/cases.json" ]; then
    left_out peers "there is no card"
  elif [ -z "$python" ]; then
    left_out peers "there is no python3 with torch; --python names one"
  else
    "$python" "$here/peers.py" "$work/weights" --device $device $quick >"$work/peers.jsonl" 2>"$work/peers.err" ||
      left_out peers "peers.py failed: $(tail -n 1 "$work/peers.err")"
  fi
fi

# Nanoseconds of a trial of a study that begins with nothing: study, device, seeds, jobs, steps.
trial() {
  local folder
  folder=$(mktemp -d "$work/study.XXXXXX") || return 1
  local began
  began=$(date +%s%N)
  "$icl" run "$1" --device "$2" --seeds "$3" ${4:+--jobs "$4"} --limit "$5 steps" \
    --out "$folder/out" --store "$folder/store" >"$work/study.txt" 2>&1 || return 1
  local ended
  ended=$(date +%s%N)
  rm -rf "$folder"
  echo $((ended - began))
}

# What a step of all cells of a study takes: two trials are made, and their times subtracted, so that what is done once
# does not count. Name, file, device, seeds, cells, jobs, case that has the same models.
study() {
  echo "gpu-check: $1 on $3" >&2
  local short=20 long=220
  [ -n "$quick" ] && long=70
  local few many
  # The first draws and embeds images, which are kept.
  if trial "$2" "$3" "$4" "$6" 1 >"$work/none" && few=$(trial "$2" "$3" "$4" "$6" $short) && many=$(trial "$2" "$3" "$4" "$6" $long); then
    local steps=$((long - short)) took=$((many > few ? many - few : 1))
    printf '{"line":"study","study":"%s","device":"%s","cells":%d,"steps":%d,"seconds":%d.%03d,"ms_per_step":%d.%06d%s}\n' \
      "$1" "$3" "$5" $steps $((took / 1000000000)) $((took / 1000000 % 1000)) \
      $((took / steps / 1000000)) $((took / steps % 1000000)) "${7:+,\"case\":\"$7\"}" >>"$work/studies.jsonl"
  else
    left_out "$1 on $3" "icl run failed: $(tail -n 1 "$work/study.txt")"
  fi
}

if asked studies; then
  if [ -z "$real" ] && [ "$card" != host ]; then
    left_out studies "there is no card"
  elif [ ! -x "${icl:-}" ]; then
    left_out studies "icl is not here; --icl names it"
  elif ! "$icl" run --help 2>&1 | grep -q -- --device; then
    left_out studies "this icl has no --device"
  else
    study quickstart "$quickstart" cpu 4 12 "" ""
    if [ -n "$real" ]; then
      study quickstart "$quickstart" "cuda:${card:-0}" 4 12 12 ""
      study warmup "$warmup" "cuda:${card:-0}" 1 5 5 warmup
    fi
  fi
fi

"$binary" --merge "$work/own.json" --with "$work/peers.jsonl" --with "$work/studies.jsonl" --with "$work/left.jsonl" \
  --out "$out"
