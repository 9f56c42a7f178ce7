#!/bin/sh
# The browser tests need a Chromium and npm. Installs Chromium where this may be done without asking; else says how.
set -u
missing=0
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq chromium >/dev/null || missing=1
    else
        missing=1
    fi
    [ "$missing" = 0 ] || echo "Chromium is missing: install it (Debian: apt-get install chromium; macOS: brew install --cask chromium)"
fi
if ! command -v npm >/dev/null; then
    echo "npm is missing: install Node.js (Debian: apt-get install npm; macOS: brew install node)"
    missing=1
fi
exit $missing
