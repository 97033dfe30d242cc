#!/bin/sh
# Makes what the fuzzer starts from: fuzz/corpus/seed holds every program of the repository, whole and by its items, and
# fuzz/words.dict every word that they use and every sign of the language.
set -eu
cd "$(dirname "$0")/.."

rm -rf fuzz/corpus/seed
mkdir -p fuzz/corpus/seed

programs=$(git ls-files --cached --others --exclude-standard '*.icl')
for program in $programs; do
    name=$(echo "${program%.icl}" | tr '/' '-')
    cp "$program" "fuzz/corpus/seed/$name"
    # An item ends where the next blank line is followed by a line that is not indented.
    awk -v out="fuzz/corpus/seed/$name" '
        BEGIN { part = 1 }
        blank && /^[^ }]/ { part++ }
        { print > (out "-" part); blank = /^[ \t\r]*$/ }
    ' "$program"
done

{
    # shellcheck disable=SC2086
    cat $programs | sed "s,//.*,," | grep -oE '[a-z][a-z_]+' | sort -u | sed 's/.*/"&"/'
    for sign in '(' ')' '[' ']' '{' '}' ',' ':' '=' '~' '+' '-' '*' '/' '%' '^' '<' '>' '<=' '>=' '==' '!=' '->' '..' \
        '..=' '.' '|' '//' '///' '//!' '////' '#allow(' '5%' '3e-4' '1k' '2M' '\x0a' '\x0d\x0a' '\x09' '\xef\xbb\xbf' \
        '\x0atask a {\x0a' '\x0alet a = ' '\x0apub task a(b: count = 2) {\x0a' ' for each ' ' at last' ' in pool(2)' \
        ' without replacement' 'if a then b else c' '\xc3\xa9'; do
        printf '"%s"\n' "$sign"
    done
    printf '"\\""\n"\\\\"\n'
} > fuzz/words.dict
echo "$(ls fuzz/corpus/seed | wc -l) seeds, $(wc -l < fuzz/words.dict) words"
