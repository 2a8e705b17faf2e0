#!/bin/sh
# The browser tests need a real Chromium and Chinese fonts: install them, or say what to install.
set -eu
have_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }
have_font() { command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh | grep -q .; }
if have_browser && have_font; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing chromium and fonts-noto-cjk ..."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk >/dev/null
  have_browser && have_font && exit 0
fi
echo "浏览器测试需要 Chromium 与中文字体，请安装：apt-get install chromium fontconfig fonts-noto-cjk" >&2
echo "The browser tests need Chromium and Chinese fonts; please run: apt-get install chromium fontconfig fonts-noto-cjk" >&2
exit 1
