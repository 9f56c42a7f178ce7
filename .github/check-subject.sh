#!/bin/sh
# sh .github/check-subject.sh FILE    refuse a commit message whose first line has more than 72 characters
awk 'NR == 1 && length($0) > 72 && !/^(Merge|Revert|fixup!|squash!) / {
    print "the subject has " length($0) " characters; 72 is the most: say the why in the body"; exit 1 }' "$1"
