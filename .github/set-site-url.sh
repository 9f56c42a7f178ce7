#!/bin/sh
# sh .github/set-site-url.sh ADDRESS    write the address into mkdocs.yml, unless one stands there already
#
# Citations, the feed and the cards carry whole addresses, so a guide without one is not published.
set -eu
if grep -q '^site_url: *[^ #]' mkdocs.yml; then
    exit 0
fi
if [ -z "${1:-}" ]; then
    echo "Error: the site has no address: turn on Pages (Settings, Pages, Source: GitHub Actions), or set site_url in mkdocs.yml" >&2
    exit 1
fi
grep -v '^site_url:' mkdocs.yml > mkdocs.yml.new || true
printf 'site_url: %s/\n' "${1%/}" > mkdocs.yml
cat mkdocs.yml.new >> mkdocs.yml
rm mkdocs.yml.new
